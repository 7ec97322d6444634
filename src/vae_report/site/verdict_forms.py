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

from jinja2 import TemplateSyntaxError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

VERDICTS = ("supported", "contradicted", "inconclusive", "not measured")
"""What can become of a claim, as blocks name it."""

_EMPTY = "\0"
_EMPTY_LINE = re.compile(rf"\n[ \t]*{_EMPTY}[ \t]*(?=\n)")
_EMPTY_IN_LINE = re.compile(rf" ?{_EMPTY}")


class FormError(TemplateSyntaxError):
    """A block names what does not exist, or lacks a form; says what to do."""


class VerdictForms(Extension):
    """The tag `verdict`.

    The environment's `verdicts` are those of all claims, by their identifiers, and `every_form`
    says whether blocks show all forms that a measurement could ask for; `evaluate` sets both.
    """

    tags = {"verdict"}  # noqa: RUF012  # as Jinja declares it

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        """Read a block and all of its forms, and keep those that hold."""
        line = next(parser.stream).lineno
        identifier = parser.stream.expect("string").value
        known: dict[str, str] = getattr(self.environment, "verdicts", {})
        if identifier not in known:
            problem = f'no claim "{identifier}"; name one of {", ".join(known)}'
            parser.fail(problem, line, FormError)
        forms = self._forms(parser, f'the text about "{identifier}"')
        missing = [verdict for verdict in VERDICTS if verdict not in forms]
        if missing:
            problem = f'the text about "{identifier}" has no form for: {", ".join(missing)}'
            parser.fail(f"{problem}; add it, be it empty", line, FormError)
        found = next(verdict for verdict in VERDICTS if known[identifier].startswith(verdict))
        shown = [forms[found]]
        if getattr(self.environment, "every_form", False) and found != VERDICTS[-1]:
            measured = (forms[verdict] for verdict in VERDICTS[:-1])
            shown = list({id(form): form for form in measured}.values())
        written = self.call_method("_written")
        return [nodes.CallBlock(written, [], [], form).set_lineno(line) for form in shown]

    def _forms(self, parser: Parser, text: str) -> dict[str, list[nodes.Node]]:
        """Read forms up to the end of their block, by the verdicts that they are for."""
        forms: dict[str, list[nodes.Node]] = {}
        ends = ("name:when", "name:endverdict")
        if any(map(_says_something, parser.parse_statements(ends))):
            problem = f"{text} begins before its first `when`; move that out of the block"
            parser.fail(problem, parser.stream.current.lineno, FormError)
        while (tag := next(parser.stream)).value == "when":
            verdicts = [_verdict(parser)]
            while parser.stream.skip_if("name:or"):
                verdicts.append(_verdict(parser))
            form = parser.parse_statements(ends)
            for verdict in verdicts:
                if verdict in forms:
                    problem = f"{text} has two forms for: {verdict}; remove one"
                    parser.fail(problem, tag.lineno, FormError)
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


def _verdict(parser: Parser) -> str:
    """Read one verdict, which may be of two words."""
    token = parser.stream.expect("name")
    verdict: str = token.value
    if verdict == "not" and parser.stream.skip_if("name:measured"):
        verdict = "not measured"
    if verdict not in VERDICTS:
        problem = f'no verdict "{verdict}"; name one of {", ".join(VERDICTS)}'
        parser.fail(problem, token.lineno, FormError)
    return verdict
