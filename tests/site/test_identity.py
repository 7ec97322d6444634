"""The table `[report]` reaches every place that says what the report is, and whose."""

import json

import lxml.html
import pytest
from pypdf import PdfReader

from small_report import REPORT
from vae_report.errors import ReportError
from vae_report.settings import load_settings
from vae_report.site.identity import bibtex, check_citation_file

TITLE = 'Small "shapes", measured'
AUTHORS = ["Ada Lovelace", "Charles Babbage"]


@pytest.fixture(scope="module")
def home(built_report):
    """The first page of a report whose title, authors and licence are its own."""
    return lxml.html.parse(built_report / "site" / "index.html")


def meta(page, name):
    return page.xpath(f"//meta[@name='{name}' or @property='{name}']/@content")


def test_nothing_says_the_title_or_the_authors_of_another_report(built_report):
    others = [b"Variational autoencoders, measured", b"The vae-report authors"]
    published = [path for path in (built_report / "site").rglob("*") if path.is_file()]
    assert len(published) > 20
    for path in published:
        content = path.read_bytes()
        assert not [other for other in others if other in content], path


def test_the_first_page_begins_with_title_and_authors(home):
    [heading] = home.xpath("//article//h1")
    assert heading.text.strip() == TITLE
    assert heading.getnext().text_content().strip() == "By Ada Lovelace, Charles Babbage."


def test_readers_and_search_engines_are_told_the_same(home):
    assert meta(home, "citation_title") == meta(home, "og:site_name") == [TITLE]
    assert meta(home, "citation_author") == AUTHORS
    assert meta(home, "author") == [", ".join(AUTHORS)]
    [data] = home.xpath("//script[@type='application/ld+json']/text()")
    article = json.loads(data)
    assert (article["headline"], article["author"]) == (TITLE, AUTHORS)
    assert (article["license"], article["version"]) == ("CC-BY-4.0", "2.1")
    assert article["description"] == "Autoencoders & small shapes."


def test_every_page_says_whose_it_is(built_report):
    for path in (built_report / "site").rglob("*.html"):
        page = lxml.html.parse(path)
        assert page.findtext(".//title").endswith(TITLE)
        words = page.find(".//footer").text_content()
        assert "© 2001 Ada Lovelace, Charles Babbage, CC-BY-4.0" in words
        assert page.xpath("//a[@class='md-source']/@href")[0] == "https://example.org/shapes/report"
        style = "".join(page.xpath("//style/text()"))
        assert "--report-accent: #7a1f5c" in style
        assert "--report-accent: #e9a6d0" in style


def test_the_entry_for_a_bibliography(home):
    [entry] = [code for code in home.xpath("//article//pre") if "@misc" in code.text_content()]
    fields = entry.text_content()
    assert 'title   = {Small "shapes", measured},' in fields
    assert "author  = {{Ada Lovelace} and {Charles Babbage}}," in fields
    assert "version = {2.1}," in fields


def test_what_tex_reads_as_a_command_is_escaped():
    assert bibtex("100 % of {a_b} & more") == r"{100 \% of \{a\_b\} \& more}"


def test_card_and_paper_are_titled(built_report):
    card = json.loads((built_report / "docs" / "assets" / "card.json").read_bytes())
    assert card["alt"].startswith(f"{TITLE}: ")
    if (paper := built_report / "site" / "report.pdf").exists():
        told = PdfReader(paper).metadata
        assert (told.title, told.author) == (TITLE, "Ada Lovelace, Charles Babbage")


CITED = """
title: 'Small "shapes", measured'
authors:
  - given-names: Ada
    family-names: Lovelace
  - name: Charles Babbage
license: CC-BY-4.0
version: 2.1
"""


@pytest.fixture
def check(tmp_path):
    """Check a citation file against the small report."""
    (tmp_path / "report.toml").write_text(REPORT)

    def check(text):
        path = tmp_path / "CITATION.cff"
        path.write_text(text)
        check_citation_file(path, load_settings(tmp_path / "report.toml").report)

    return check


def test_a_citation_file_may_cite_the_report_or_prefer_that_it_be_cited(check):
    check(CITED)
    check(CITED.replace("version: 2.1\n", ""))
    check("title: a program\npreferred-citation:" + CITED.replace("\n", "\n  "))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            'Small "shapes"',
            "Shapes",
            "other title, 'Shapes, measured', than [report] of report.toml",
        ),
        ("given-names: Ada", "given-names: Augusta", "other authors, ['Augusta Lovelace', "),
        ("CC-BY-4.0", "MIT", "other licence, 'MIT', "),
        ("2.1", "2.2", "other version, 2.2, "),
        (CITED, "- a list", "not a valid citation file ("),
        (CITED, "title: {", "not a valid citation file ("),
        (CITED, "title: T", "not a valid citation file ('authors'); correct or delete it."),
    ],
)
def test_a_citation_file_that_says_something_else_is_one_line(check, tmp_path, old, new, words):
    with pytest.raises(ReportError) as raised:
        check(CITED.replace(old, new))
    message = str(raised.value)
    assert message.startswith(f"{tmp_path / 'CITATION.cff'}: ")
    assert words in message
    assert "\n" not in message


def test_no_citation_file_is_asked_for(tmp_path):
    (tmp_path / "report.toml").write_text(REPORT)
    check_citation_file(tmp_path / "CITATION.cff", load_settings(tmp_path / "report.toml").report)
