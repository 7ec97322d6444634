"""`examples/minimal`: a whole report, built beside the generator as its readme says."""

import json
import re
import shutil
from pathlib import Path

import lxml.html
import pytest

from small_report import (
    DATA,
    REPOSITORY,
    lay_out_generator,
    start_build,
    write_configuration,
    write_shapes,
)
from vae_report.audit.links import dead_links

EXAMPLE = REPOSITORY / "examples" / "minimal"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A repository of the generator and the example, on a small data set."""
    root = lay_out_generator(tmp_path_factory.mktemp("minimal") / "report")
    write_configuration(root, EXAMPLE)
    # What a clone has: the readme says what of it to remove.
    shutil.copy(Path(__file__).parents[2] / "pyproject.toml", root / "CITATION.cff")
    [removed] = re.findall(r"^rm -r (.*)$", (EXAMPLE / "README.md").read_text(), re.MULTILINE)
    for name in removed.split():
        if (root / name).is_file():
            (root / name).unlink()
    shutil.copytree(EXAMPLE / "docs", root / "docs")
    shutil.copytree(REPOSITORY / "src" / "vae_report", root / "src" / "vae_report")
    shutil.copytree(EXAMPLE / "src" / "report", root / "src" / "report")
    report = (EXAMPLE / "report.toml").read_text(encoding="utf-8")
    report, count = re.subn(r"^\[data\].*?(?=^\[training\])", DATA, report, flags=re.M | re.S)
    assert count == 1
    (root / "report.toml").write_text(report, encoding="utf-8")
    write_shapes(root / "data")
    build = start_build(root, "--device=cpu", "--jobs=2", PYTHONPATH=str(root / "src"))
    output, complaint = build.communicate()
    assert build.returncode == 0, output + complaint
    return root


@pytest.fixture(scope="module")
def page(built):
    return lxml.html.parse(built / "site" / "index.html")


def result(root, name):
    return json.loads((root / "docs" / "assets" / name).read_bytes())


def test_the_page_has_the_title_of_the_example(page):
    assert page.find(".//title").text == "A minimal report"


def test_the_table_has_a_row_of_what_was_measured(built, page):
    [row] = page.findall(".//article//tbody/tr")
    assert row.find("th").text == "vae-2"
    bound = result(built, "metrics.json")["runs"]["vae-2"]["test"]["negative_elbo"]
    assert f"{bound:.2f}" in [cell.text for cell in row.iter("td")]


def test_the_figure_is_shown(built, page):
    [figure] = page.findall(".//article//figure[@class='plot']")
    assert figure.get("id") == "figure-samples"
    for image in figure.iter("img"):
        assert (built / "site" / image.get("src")).stat().st_size > 0


def test_the_claim_is_decided(built, page):
    [claim] = result(built, "claims.json")["claims"]
    assert claim["verdict"] in ("supported", "contradicted", "inconclusive")
    [shown] = page.findall(".//article//a[@class='verdict']")
    assert shown.get("data-verdict") == claim["verdict"]
    evidence = lxml.html.parse(built / "site" / "evidence" / "index.html")
    assert evidence.find(f".//*[@id='claim-{claim['id']}']") is not None


def test_no_link_leads_nowhere(built):
    assert dead_links(built / "site", "http://127.0.0.1:8000/") == []
