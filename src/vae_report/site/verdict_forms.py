"""Text whose truth depends on a verdict: a form for each verdict, of which the build shows one.

    <% verdict "samples-are-smooth" %>
    <% when supported %>Samples are smoother than real images.
    <% when contradicted %>Samples are as sharp as real images, or sharper.
    <% when inconclusive or not measured %>
    <% endverdict %>

The form takes the block's place in its line, without the white space around it. An empty one leaves
nothing, not even its line. Forms may hold whatever a page may hold, blocks like this among them.
"""

import re
from collections.abc import Callable
from typing import Any

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

from vae_report.errors import one_of

VERDICTS = ("supported", "contradicted", "inconclusive", "not measured")
"""The verdicts on a claim, as blocks name them."""

_EMPTY = "\0"
_EMPTY_LINE = re.compile(rf"\n[ \t]*{_EMPTY}[ \t]*(?=\n)")
_EMPTY_IN_LINE = re.compile(rf" ?{_EMPTY}")


class VerdictForms(Extension):
    """The tag `verdict`.

    The environment's `page` knows the `verdicts` of all claims, by their identifiers, says by
    `every_form` whether blocks show all forms that a measurement could ask for, and notes mistakes;
    `evaluate` sets it.
    """

    tags = {"verdict"}  # noqa: RUF012  # as Jinja declares it

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        """Read a block and all of its forms, and keep those that hold."""
        line = next(parser.stream).lineno
        identifier = parser.stream.expect("string").value
        page: Any = self.environment.page  # type: ignore[attr-defined]
        if identifier not in page.verdicts:
            page.note(line, f'no claim "{identifier}"; {one_of(identifier, page.verdicts)}')
        forms = self._forms(parser, f'the text about "{identifier}"', page.note)
        missing = [verdict for verdict in VERDICTS if verdict not in forms]
        if missing:
            problem = f'the text about "{identifier}" has no form for: {", ".join(missing)}'
            page.note(line, f"{problem}; add it, be it empty")
        found = page.verdicts.get(identifier, VERDICTS[0])
        shown = [form for verdict, form in forms.items() if found.startswith(verdict)]
        if page.every_form and not found.startswith(VERDICTS[-1]):
            measured = (form for verdict, form in forms.items() if verdict != VERDICTS[-1])
            shown = list({id(form): form for form in measured}.values())
        written = self.call_method("_written")
        return [nodes.CallBlock(written, [], [], form).set_lineno(line) for form in shown]

    def _forms(
        self, parser: Parser, text: str, note: Callable[[int, str], None]
    ) -> dict[str, list[nodes.Node]]:
        """Read forms up to the end of their block, by the verdicts that they are for."""
        forms: dict[str, list[nodes.Node]] = {}
        ends = ("name:when", "name:endverdict")
        if any(map(_says_something, parser.parse_statements(ends))):
            problem = f"{text} begins before its first `when`; move that out of the block"
            note(parser.stream.current.lineno, problem)
        while (tag := next(parser.stream)).value == "when":
            verdicts = [_verdict(parser, note)]
            while parser.stream.skip_if("name:or"):
                verdicts.append(_verdict(parser, note))
            form = parser.parse_statements(ends)
            for verdict in verdicts:
                if verdict in forms:
                    problem = f"{text} has two forms for: {verdict}; remove one"
                    note(tag.lineno, problem)
                forms[verdict] = form
        return forms

    def _written(self, caller: Callable[[], str]) -> str:
        return caller().strip() or _EMPTY


def without_empty_forms(text: str) -> str:
    """Close the gaps in a page where forms are empty."""
    return _EMPTY_IN_LINE.sub("", _EMPTY_LINE.sub("", text))


def _says_something(node: nodes.Node) -> bool:
    return not isinstance(node, nodes.Output) or any(
        not isinstance(part, nodes.TemplateData) or part.data.strip() for part in node.nodes
    )


def _verdict(parser: Parser, note: Callable[[int, str], None]) -> str:
    """Read one verdict, which may be of two words."""
    token = parser.stream.expect("name")
    verdict: str = token.value
    if verdict == "not" and parser.stream.skip_if("name:measured"):
        verdict = "not measured"
    if verdict not in VERDICTS:
        note(token.lineno, f'no verdict "{verdict}"; name one of {", ".join(VERDICTS)}')
    return verdict
