import pytest

from vae_report.errors import ReportError
from vae_report.site.expressions import evaluate, figure_numbers
from vae_report.site.values import Record

NAMES = {"run": Record("run", {"bce": 240.5, "kl": None}), "echo": lambda text: text}


def test_expressions_leave_tex_and_attribute_lists_alone():
    text = "## Loss {#loss}\n\n$\\frac{a}{b}$ { .wide } {{ run.bce | number(1) }} {% raw %}\n"
    assert evaluate(text, NAMES, "page") == text.replace("{{ run.bce | number(1) }}", "240.5")


def test_tex_in_an_argument_keeps_its_backslashes():
    text = r"""{{ echo("$\frac{\nu_{a_{b}}}{2}$") }} {{ echo('$\beta$ "}}"') }}"""
    assert evaluate(text, NAMES, "page") == r"""$\frac{\nu_{a_{b}}}{2}$ $\beta$ "}}" """.strip()


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("{{ run.mse | number }}", "no value run.mse"),
        ("{{ run.kl | number }}", "run.kl was not measured"),
        ("{{ walk.bce }}", "'walk' is undefined"),
        ("{{ run.bce }}", "240.5 has no number of digits"),
        ("{{ run.bce | }}", "expected token 'name'"),
        ("{{ echo() }}", "TypeError"),
    ],
)
def test_what_cannot_be_evaluated_is_reported_by_page_and_line(expression, problem):
    with pytest.raises(ReportError) as failure:
        evaluate(f"first\n\nthird {expression}\n", NAMES, "docs/page.md", first_line=5)
    message = str(failure.value)
    assert message.startswith("docs/page.md:7: ")
    assert problem in message
    assert "\n" not in message


def test_figures_are_numbered_as_they_first_appear():
    text = """{{ figure("b", caption="") }} {{ figure('a', caption="") }} {{ figure("b") }}"""
    assert figure_numbers(text) == {"b": 1, "a": 2}
