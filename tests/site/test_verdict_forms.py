"""The block that gives a text a form for each verdict."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_report.site.expressions import evaluate
from vae_report.site.verdict_forms import VERDICTS

INLINE = (
    'It <% verdict "a" %><% when supported %> holds <% when contradicted or inconclusive %>does'
    " {{ not_ }} hold<% when not measured %><% endverdict %> here.\n"
)
LISTED = """\
- one
  <% verdict "a" %>
  <% when supported %>
  goes
  on
  <% when contradicted or inconclusive or not measured %>
  <% endverdict %>
  <% verdict "b" %>
  <% when supported or contradicted or inconclusive or not measured %>
  <% endverdict %>
- two
"""
FOUR = (
    "<% when supported %>s<% when contradicted %>c<% when inconclusive %>i<% when not measured %>n"
)


def evaluated(text, every_form=False, **verdicts):
    return evaluate(
        text, {"not_": "not"}, "docs/page.md", 5, verdicts=verdicts, every_form=every_form
    )


def shown(*arguments, **verdicts):
    text, mistakes = evaluated(*arguments, **verdicts)
    assert mistakes == []
    return text


def test_the_form_that_holds_takes_the_place_of_the_block():
    assert shown(INLINE, a="supported") == "It holds here.\n"
    assert shown(INLINE, a="contradicted") == "It does not hold here.\n"
    assert shown(INLINE, a="inconclusive") == "It does not hold here.\n"


def test_an_empty_form_leaves_nothing_not_even_its_line():
    assert shown(INLINE, a="not measured in this profile") == "It here.\n"
    assert shown(LISTED, a="supported", b="supported") == "- one\n  goes\n  on\n- two\n"
    assert shown(LISTED, a="inconclusive", b="supported") == "- one\n- two\n"


@given(st.sampled_from(VERDICTS), st.sampled_from(VERDICTS))
def test_blocks_stand_within_blocks_and_loops(one, other):
    inner = f'<% verdict "b" %>{FOUR}<% endverdict %>'
    text = (
        '<% for x in "12" %><% verdict "a" %><% when supported %>{{ x }}INNER<% when contradicted '
        "or inconclusive or not measured %>-<% endverdict %><% endfor %>"
    ).replace("INNER", inner)
    letter = other[0]
    expected = f"1{letter}2{letter}" if one == "supported" else "--"
    assert shown(text, a=one, b=other) == expected


@pytest.mark.parametrize(("verdict", "rehearsed"), [("supported", "sci"), ("not measured", "n")])
def test_a_rehearsal_shows_every_form_that_the_measurement_can_ask_for(verdict, rehearsed):
    text = f'<% verdict "a" %>{FOUR}<% endverdict %>'
    assert shown(text, every_form=True, a=verdict) == rehearsed


def test_a_rehearsal_shows_a_form_of_several_verdicts_once():
    assert shown(INLINE, every_form=True, a="inconclusive") == "It holdsdoes not hold here.\n"


@pytest.mark.parametrize(
    ("block", "line", "problem"),
    [
        (
            "<% when supported %>\n<% when not measured %><% endverdict %>",
            6,
            'the text about "a" has no form for: contradicted, inconclusive; add it, be it empty',
        ),
        (
            f"{FOUR}\n<% when inconclusive %><% endverdict %>",
            7,
            'the text about "a" has two forms for: inconclusive; remove one',
        ),
        ("\n<% when proved %><% endverdict %>", 7, 'no verdict "proved"; name one of supported, '),
        ("<% when not %><% endverdict %>", 6, 'no verdict "not"; name one of supported, '),
        (f"so {FOUR}<% endverdict %>", 6, "begins before its first `when`; move that out"),
        (
            '\n<% when supported %>\n<% verdict "c" %><% endverdict %>',
            8,
            'no claim "c"; name one of a, b',
        ),
        (f"{FOUR}", 6, "endverdict"),
        (f"{FOUR}\n{{{{ absent }}}}<% endverdict %>", 7, "'absent' is undefined"),
    ],
)
def test_mistakes_are_reported_by_page_and_line(block, line, problem):
    text = f'first\n<% verdict "a" %>{block}\n'
    _, mistakes = evaluated(text, a="not measured", b="contradicted")
    assert any(problem in found.problem and found.line == line for found in mistakes)


def test_text_about_an_unknown_claim_is_searched_for_mistakes_as_well():
    text = f'<% verdict "c" %>{FOUR}\n{{{{ absent }}}}<% endverdict %>\n{{{{ other }}}}'
    _, mistakes = evaluated(
        text.replace("n\n", "n").replace("s<", "s{{ no }}<"), True, a="supported"
    )
    problems = " ".join(found.problem for found in mistakes)
    assert 'no claim "c"; name one of a' in problems
    assert "'no' is undefined" in problems
    assert "'other' is undefined" in problems
