"""The pages of this report: their figures, sections, definitions and references."""

import re
import tomllib

import pytest
import yaml

from registered import FIGURES, PERFORMANCE_FIGURES
from small_report import REPOSITORY
from vae_report.measurements import declared
from vae_report.site.references import load_references


def test_every_figure_stands_on_a_page():
    text = "".join(page.read_text() for page in (REPOSITORY / "docs").glob("*.md"))
    text = re.sub("<% raw %>.*?<% endraw %>", "", text, flags=re.DOTALL)
    shown = re.findall(r'\{\{ figure\("(\w+)"', text)
    assert set(shown) == {*FIGURES, *PERFORMANCE_FIGURES}


def test_every_column_is_defined_on_its_page():
    page = (REPOSITORY / "docs" / "metrics.md").read_text(encoding="utf-8")
    for scalars in declared().values():
        for scalar in scalars.values():
            assert f"\n{scalar['heading']}\n:   " in page


@pytest.mark.parametrize("page", ["index.md", "evidence.md", "metrics.md"])
def test_pages_name_no_work_in_plain_words(page):
    text = (REPOSITORY / "docs" / page).read_text(encoding="utf-8")
    labels = {work.label for work in load_references(REPOSITORY / "docs/references.toml").values()}
    assert not [label for label in labels if label in " ".join(text.split())]
    assert not re.findall(r"et\s+al\.", text)


def test_citation_file_agrees_with_the_package():
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    package = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["cff-version"] == "1.2.0"
    assert (citation["title"], citation["version"]) == (package["name"], package["version"])
    assert (citation["license"], citation["abstract"]) == (
        package["license"],
        package["description"],
    )
    assert citation["message"]
    assert citation["authors"] == [{"name": "The vae-report authors"}]


def test_sections_of_the_report_are_numbered_in_order_and_referred_to_by_their_numbers():
    text = (REPOSITORY / "docs" / "index.md").read_text(encoding="utf-8")
    numbers = re.findall(r"^##+ (\S+) ", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.M)
    chapter = section = 0
    for number in numbers:
        if number.endswith("."):
            chapter, section = chapter + 1, 0
            assert number == f"{chapter}."
        else:
            section += 1
            assert number == f"{chapter}.{section}"
    references = re.findall(r"\[section ([\d.]+)\]\(#(\d+)-", text)
    assert references
    for number, anchor in references:
        assert number.replace(".", "") == anchor
