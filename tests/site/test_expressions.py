import pytest

from vae_report.errors import one_of
from vae_report.site.expressions import evaluate, figure_numbers
from vae_report.site.values import Record

NAMES = {"run": Record("run", {"bce": 240.5, "kl": None}), "echo": lambda text: text}


def evaluated(text):
    written, mistakes = evaluate(text, NAMES, "page")
    assert mistakes == []
    return written


def mistakes_in(text, **options):
    _, mistakes = evaluate(text, NAMES, "docs/page.md", first_line=5, **options)
    return [str(mistake) for mistake in sorted(mistakes)]


def test_expressions_leave_tex_and_attribute_lists_alone():
    text = "## Loss {#loss}\n\n$\\frac{a}{b}$ { .wide } {{ run.bce | number(1) }} {% raw %}\n"
    assert evaluated(text) == text.replace("{{ run.bce | number(1) }}", "240.5")


def test_tex_in_an_argument_keeps_its_backslashes():
    text = r"""{{ echo("$\frac{\nu_{a_{b}}}{2}$") }} {{ echo('$\beta$ "}}"') }}"""
    assert evaluated(text) == r"""$\frac{\nu_{a_{b}}}{2}$ $\beta$ "}}" """.strip()


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("{{ run.mse | number }}", "no value run.mse"),
        ("{{ run.kl | number }}", "run.kl was not measured"),
        ("{{ walk.bce }}", "'walk' is undefined"),
        ("{{ run.bce }}", "240.5 has no number of digits"),
        ("{{ walk | number(1) }}", "'walk' is undefined"),
        ("{{ run.bce | }}", "expected token 'name'"),
        ("{{ echo() }}", "TypeError"),
        ("<% if walk %>.<% endif %>", "'walk' is undefined"),
        ("<% for each in run %>.<% endfor %>", "correct the expression"),
        ("<% for each in walk %>.<% endfor %>", "'walk' is undefined"),
        ("<% macro m(x) %>.<% endmacro %>{{ m(1, 2) }}", "TypeError"),
        ("<% set one, other = echo(1) %>", "TypeError"),
    ],
)
def test_what_cannot_be_evaluated_is_reported_by_page_and_line(expression, problem):
    (message,) = mistakes_in(f"first\n\nthird {expression}\n")
    assert message.startswith("docs/page.md:7: ")
    assert problem in message
    assert "\n" not in message


def test_every_mistake_of_a_page_is_reported_and_the_rest_is_evaluated():
    text = "{{ a }} {{ echo(1) }}\n{{ run.mse }}\n<% for x in 'ab' %>{{ x }}{{ b }}<% endfor %>\n"
    written, mistakes = evaluate(text, NAMES, "page")
    assert written == " 1\n\nab\n"
    assert sorted({mistake.line for mistake in mistakes}) == [1, 2, 3]


def test_use_of_a_name_that_could_not_be_set_leads_to_the_line_that_sets_it():
    text = "<% set wide = run.wide %>\n\n{{ wide.bce | number }}\n<% if wide %><% endif %>\n"
    assert mistakes_in(text) == [
        "docs/page.md:5: no value run.wide; name one of bce, kl.",
        *(
            f"docs/page.md:{line}: `wide` has no value, as its `set` in line 5 fails; correct that "
            "or drop this."
            for line in (7, 8)
        ),
    ]


def test_name_that_is_set_under_a_condition_leads_to_the_line_that_sets_it():
    text = '<% if "mse" in run %>\n<% set mse = 1 %><% endif %>\n{{ mse }}\n'
    assert mistakes_in(text) == [
        "docs/page.md:7: 'mse' is undefined: its `set` in line 6 was not reached; ask here for the "
        "same as there."
    ]


def test_a_name_that_does_not_exist_is_reported_with_the_nearest_that_do():
    (mistake,) = mistakes_in("{{ ecko }}")
    assert "name one of echo, run" in mistake
    names = [f"run-{number}" for number in range(30)] + ["vae-2"]
    message = f"no run; {one_of('vae2', names)}"
    assert message == (
        "no run; name one of vae-2, run-0, run-1, run-2, run-3, run-4 or one of 25 others"
    )


def test_figures_are_numbered_as_they_first_appear():
    text = """{{ figure("b", caption="") }} {{ figure('a', caption="") }} {{ figure("b") }}"""
    assert figure_numbers(text) == {"b": 1, "a": 2}
