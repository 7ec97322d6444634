"""Claims in pages, whose text must fit what was measured."""

import json
import subprocess
import sys

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from miniature import CLAIMS, PROVENANCE, claim, mkdocs_build

from vae_report.errors import ReportError
from vae_report.site.claims import Claims, Place

BY_ID = {each["id"]: each for each in CLAIMS["claims"]}


def claims(found=BY_ID, reaction="fail"):
    return Claims(found, reaction, {"loss": Place("./", 7)}, lambda place: f"../{place}")


def of(markup):
    return lxml.html.fragment_fromstring(markup, create_parent="p")


def test_claim_is_a_sentence_a_verdict_and_a_link_to_its_evidence():
    stated = of(claims().state("vae-is-smoother", "supported"))
    assert stated.text_content() == (
        "The VAE’s samples are smoother than real images. "
        "supported 0.312 [0.301,\u00a00.324]\u00a0of the samples"
    )
    (link,) = stated.iter("a")
    assert link.get("href") == "../evidence/#claim-vae-is-smoother"
    assert of(claims().verdict("vae-is-smoother", "supported")).text is None


@pytest.mark.parametrize(
    ("effect", "interval", "written"),
    [
        (0.31234, (0.301, 0.324), "0.312 [0.301,\u00a00.324]"),
        (
            -1234.567,
            (-1250.0, -1219.0),
            "\u22121\u202f235 [\u22121\u202f250,\u00a0\u22121\u202f219]",
        ),
        (0.0004, (-0.1, 0.1), "0.00 [\u22120.10,\u00a00.10]"),
        (0.031234, (0.031234, 0.031234), "0.03123 [0.03123,\u00a00.03123]"),
    ],
)
def test_effect_shows_the_digits_that_its_interval_has(effect, interval, written):
    found = claim("a", "A.", "supported", effect=effect, interval=interval, unit="")
    assert (
        of(claims({"a": found}).verdict("a", "supported")).text_content() == f"supported {written}"
    )


@pytest.mark.parametrize("expected", ["contradicted", "inconclusive"])
def test_text_for_another_verdict_ends_the_build_or_is_marked(expected):
    with pytest.raises(ReportError, match=f'"vae-is-smoother" is supported.*for {expected}'):
        claims().state("vae-is-smoother", expected)
    loud = of(claims(reaction="show").state("vae-is-smoother", expected))
    assert expected in loud.find("strong").text
    quiet = of(claims(reaction="note").state("vae-is-smoother", expected))
    assert expected in quiet.find("small").text
    assert quiet.find("strong") is None


def test_what_was_not_measured_fits_no_text():
    with pytest.raises(ReportError, match="is not measured in this profile"):
        claims().verdict("warm-up-delays-collapse", "supported")


@pytest.mark.parametrize(
    ("identifier", "expected", "problem"),
    [
        ("vae-flies", "supported", 'no claim "vae-flies"; name one of vae-is-smoother, '),
        ("vae-is-smoother", "proved", 'no verdict "proved"; name one of supported, '),
    ],
)
def test_unknown_names_are_refused_with_those_that_exist(identifier, expected, problem):
    with pytest.raises(ReportError, match=problem):
        claims(reaction="note").verdict(identifier, expected)


def test_evidence_without_its_figure_is_refused():
    lonely = claim("a", "A.", "supported", figure="nowhere")
    with pytest.raises(ReportError, match='figure "nowhere" of claim "a" stands on no page'):
        claims({"a": lonely}).evidence()


@given(
    effect=st.floats(-1e6, 1e6),
    below=st.floats(0, 1e3),
    above=st.floats(0, 1e3),
    threshold=st.floats(-1e6, 1e6),
)
def test_the_picture_of_a_verdict_agrees_with_its_numbers(effect, below, above, threshold):
    interval = (effect - below, effect + above)
    found = claim("a", "A.", "supported", effect=effect, interval=interval, threshold=threshold)
    page = of(claims({"a": found}).evidence())

    def place(kind, attribute):
        return float(page.find_class(f"scale__{kind}")[0].get(attribute).removesuffix("%"))

    lower, upper = place("interval", "x1"), place("interval", "x2")
    assert 0 <= lower <= place("effect", "cx") <= upper <= 100
    assert 0 <= place("threshold", "x1") <= 100
    if place("threshold", "x1") < lower:
        assert threshold < interval[0]
    if place("threshold", "x1") > upper:
        assert threshold > interval[1]


@pytest.fixture
def contradicted(sources):
    """The report with the full profile, with a text for another verdict than was measured."""
    index = sources / "docs" / "index.md"
    text = index.read_text(encoding="utf-8")
    index.write_text(text.replace('-smoother", "supported"', '-smoother", "contradicted"'))
    provenance = sources / "docs" / "assets" / "provenance.json"
    provenance.write_text(json.dumps(PROVENANCE | {"profile": "full"}))
    return sources


def test_full_build_fails_and_names_page_and_claim(contradicted):
    built = mkdocs_build(contradicted)
    assert built.returncode == 1
    (line,) = filter(None, (built.stdout + built.stderr).splitlines())
    assert line == (
        'Error: docs/index.md:43: claim "vae-is-smoother" is supported, but the text was written '
        "for contradicted; rewrite the text for what was measured, and name that verdict."
    )


def test_served_pages_show_the_contradiction_in_place(contradicted):
    program = (
        "from mkdocs.commands.build import build; from mkdocs.config import load_config;"
        "config = load_config(); config.plugins.on_startup(command='serve', dirty=False);"
        "build(config)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=contradicted, check=True)
    page = lxml.html.parse(contradicted / "site" / "index.html")
    (shown,) = page.findall(".//strong[@class='contradiction']")
    assert "smoother than real images." in shown.getparent().text_content()


def test_build_of_another_profile_notes_the_difference(contradicted):
    (contradicted / "docs" / "assets" / "provenance.json").write_text(json.dumps(PROVENANCE))
    built = mkdocs_build(contradicted)
    assert built.returncode == 0, built.stdout + built.stderr
    page = lxml.html.parse(contradicted / "site" / "index.html")
    (note,) = page.findall(".//small[@class='verdict__note']")
    assert "contradicted" in note.text


def test_evidence_page_lists_every_claim_and_counts_the_verdicts(miniature):
    page = lxml.html.parse(miniature / "evidence" / "index.html")
    text = " ".join(page.find(".//article").text_content().split())
    assert "Of 4 claims: 1 supported 1 contradicted 1 inconclusive 1 not measured" in text
    assert "above 0.05 of the samples. Less than this cannot be told apart by eye." in text
    assert "no two runs differ only in kl_warmup" in text
    headings = [heading.get("id") for heading in page.iter("h3")]
    assert headings == [f"claim-{identifier}" for identifier in BY_ID]


def test_links_between_claims_evidence_and_figures_lead_somewhere(miniature):
    pages = {name: lxml.html.parse(miniature / name / "index.html") for name in ("", "evidence")}
    to_evidence = [link.get("href") for link in pages[""].findall(".//a[@class='verdict']")]
    assert len(to_evidence) == 3
    for address in to_evidence:
        assert address.startswith("evidence/#")
        assert (
            pages["evidence"].find(f".//*[@id='{address.removeprefix('evidence/#')}']") is not None
        )
    to_figures = [
        link.get("href") for link in pages["evidence"].iter("a") if "#figure-" in link.get("href")
    ]
    assert to_figures == ["../#figure-loss"] * len(BY_ID)
    assert pages[""].find(".//*[@id='figure-loss']") is not None
