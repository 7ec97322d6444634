"""Claims in pages, and their evidence."""

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniature import CLAIMS, claim, mkdocs_build
from vae_report.errors import ReportError
from vae_report.site.claims import Claims, FigurePlace

DISTANCE = "standard deviations between seeds from the threshold"
BY_ID = {each["id"]: each for each in CLAIMS["claims"]}


def claims(found=BY_ID):
    return Claims(found, {"loss": FigurePlace("./", 7)}, lambda place: f"../{place}")


def of(markup):
    return lxml.html.fragment_fromstring(markup, create_parent="p")


def test_claim_is_a_sentence_a_verdict_and_a_link_to_its_evidence():
    stated = of(claims().state("vae-is-smoother"))
    assert stated.text_content() == (
        "The VAE’s samples are smoother than real images. "
        "supported 0.312 [0.301,\u00a00.324]\u00a0of the samples"
    )
    (link,) = stated.iter("a")
    assert link.get("href") == "../evidence/#claim-vae-is-smoother"
    assert of(claims().verdict("vae-is-smoother")).text is None


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
    assert of(claims({"a": found}).verdict("a")).text_content() == f"supported {written}"


def test_what_was_not_measured_is_stated_and_says_so():
    stated = of(claims().state("warm-up-delays-collapse"))
    assert stated.text_content().endswith(" the collapse. not measured in this profile")


def test_an_unknown_claim_is_refused_with_those_that_exist():
    with pytest.raises(ReportError, match='no claim "vae-flies"; name one of vae-levels-off, '):
        claims().verdict("vae-flies")


@pytest.mark.parametrize(
    ("margin", "written"),
    [
        (1.04, f"1.0 {DISTANCE}, on the claim's side of it"),
        (-9.0, f"9.0 {DISTANCE}, on the other side of it"),
        (None, "the seeds do not differ"),
    ],
)
def test_a_margin_says_on_which_side_of_the_threshold_the_effect_lies(margin, written):
    compared = {
        "runs": ["loss"],
        "effect": 0.3,
        "interval": [0.2, 0.4],
        "deviation": 0.1,
        "seeds": 5,
        "holds": False,
    }
    found = claim("a", "A.", "inconclusive", margin=margin, comparisons=(compared,), least=0)
    page = of(claims({"a": found}).evidence()).text_content()
    assert f"Margin\n:   {written}\n" in page


def test_evidence_without_its_figure_is_refused():
    lonely = claim("a", "A.", "supported", figure="nowhere")
    both = {"a": lonely, "b": lonely | {"id": "b"}}
    with pytest.raises(ReportError, match=r'these claims: "nowhere" \(a\), "nowhere" \(b\); show'):
        claims(both).evidence()


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


@pytest.mark.parametrize(
    ("addition", "problem"),
    [
        ('{{ claim("vae-is-smoother", "supported") }}', "TypeError: "),
        (
            '<% verdict "vae-is-smoother" %><% when supported or inconclusive or not measured %>'
            "<% endverdict %>",
            'the text about "vae-is-smoother" has no form for: contradicted; add it, be it empty.',
        ),
        (
            '<% verdict "vae-is-smoother" %><% when supported or inconclusive or not measured %>'
            '<% when contradicted %>{{ cite("nobody1900") }}<% endverdict %>',
            'no reference "nobody1900"; name one of ',
        ),
    ],
)
def test_a_mistake_in_any_form_ends_the_build_in_one_line(sources, addition, problem):
    index = sources / "docs" / "index.md"
    text = index.read_text(encoding="utf-8")
    index.write_text(f"{text}\n{addition}\n", encoding="utf-8")
    built = mkdocs_build(sources)
    assert built.returncode == 1
    line, _ = filter(None, (built.stdout + built.stderr).splitlines())
    assert line.startswith(f"docs/index.md:{text.count(chr(10)) + 2}: {problem}")


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
