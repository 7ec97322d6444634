"""Expressions in pages: `{{ runs["vae-2"].test.bce | number(1) }}`, evaluated while a page is read.

Statements stand between `<%` and `%>`, comments between `<#` and `#>`: the usual delimiters mean
something in TeX and in attribute lists.

Pages may name measurements: `runs`, `headline` (names of runs), `sweeps` (names of runs by sweep),
`baselines` and `claims`, the last as in `claims["id"].effect`; their origin: `settings`,
`provenance`, `benchmark`; the report's identity: `report`; and parts that the build provides:

- `claim("id")`: a claim's sentence and verdict. `verdict("id")` leaves the sentence out.
- the filters `number(2)`, `nats` and, for the two ends of an interval, `interval(2)`; `bibtex`, for
  words in a field of BibTeX.
- `compare(a, b, digits=2)`: "higher", "lower" or "the same", whichever `a` is as it is shown; other
  words by `more=`, `less=` and `equal=`.
- `figure("name", caption="…")`, and `figure_reference("name")` to it.
- `metrics_table(caption="…")` of the headline, `group_table("samples", caption="…")` of all runs,
  `baselines_table(caption="…")`, `benchmark_table("step", caption="…")`.
- `claims_summary()`, `claims_overview(caption="…")` and `claims_evidence()`.
- `explorer_page()`, the latent explorer, and `explorer_preview()`, its preview.
- `cite("kingma2014")`, a work of `docs/references.toml`; `references()`, the list of those cited.

A mistake leaves a gap and is noted, so that a build lists all mistakes at once. A page asks whether
there is a run that a profile may leave out: `<% if "beta-4" in runs %>`. A sentence whose truth
depends on a claim has a form for each of its verdicts: see `verdict_forms`.
"""

import functools
import re
import traceback
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from jinja2 import Environment, StrictUndefined, TemplateSyntaxError, Undefined, UndefinedError
from jinja2 import nodes as syntax
from jinja2.compiler import CodeGenerator

from vae_report.errors import ReportError, one_of
from vae_report.site.identity import bibtex
from vae_report.site.values import compare, interval, nats, number
from vae_report.site.verdict_forms import VerdictForms, without_empty_forms

_EXPRESSION = re.compile(r"""\{\{(?:"[^"]*"|'[^']*'|.)*?\}\}""", re.DOTALL)
_UNDEFINED = re.compile(r"'(.+)' is undefined")


class Mistake(NamedTuple):
    """An error in a page, and the remedy; mistakes sort by page and line."""

    page: str
    line: int
    problem: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.problem}."


class _NoValueError(UndefinedError):
    """The use of a name to which its `set` could give no value."""


class _Guarding(CodeGenerator):
    """Compiles a page so that a failure in one of its expressions ends that expression alone.

    Jinja stops at the first failure. Here the page evaluates each expression, notes what fails,
    and goes on.
    """

    def visit(self, node: syntax.Node, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """Compile a node of the syntax tree."""
        guarded = self.environment.page.expressions.get(id(node))  # type: ignore[attr-defined]
        if guarded:
            self.write("environment.page.evaluate(lambda: ")
        super().visit(node, *args, **kwargs)
        if guarded:
            self.write(f", *{guarded!r})")


class _Environment(Environment):
    code_generator_class = _Guarding


def _defined(function: Callable[..., str]) -> Callable[..., str]:
    """Report an undefined name before a function complains of its value."""

    @functools.wraps(function)
    def called(*arguments: object, **named: object) -> str:
        for each in (*arguments, *named.values()):
            if isinstance(each, Undefined):
                str(each)
        return function(*arguments, **named)

    return called


_ENVIRONMENT = _Environment(
    undefined=StrictUndefined,
    block_start_string="<%",
    block_end_string="%>",
    comment_start_string="<#",
    comment_end_string="#>",
    keep_trailing_newline=True,
    extensions=[VerdictForms],
)
_ENVIRONMENT.filters |= {each.__name__: _defined(each) for each in (number, nats, interval)}
_ENVIRONMENT.filters["bibtex"] = bibtex
_ENVIRONMENT.globals["compare"] = _defined(compare)


class _Page:
    """A page while it is evaluated, and the mistakes that are found in it.

    Args:
        names: The values that expressions may name.
        source: The page's name in errors.
        first_line: The line of the page's file at which its text begins.
        verdicts: The verdicts of all claims, by their identifiers.
        every_form: Whether blocks show their forms for all verdicts.
    """

    def __init__(
        self,
        names: Mapping[str, object],
        source: str,
        first_line: int,
        verdicts: Mapping[str, str],
        every_form: bool,
    ) -> None:
        self.names = names
        self.source = source
        self.first_line = first_line
        self.verdicts = verdicts
        self.every_form = every_form
        self.mistakes: list[Mistake] = []
        self.expressions: dict[int, tuple[int, str, str]] = {}
        self.sets: dict[str, int] = {}

    def note(self, line: int, problem: str) -> None:
        """Note a mistake in a line of the text; the evaluation goes on."""
        self.mistakes.append(Mistake(self.source, self.first_line + line - 1, problem))

    def guard(self, tree: syntax.Template) -> None:
        """Find the expressions to guard, each with its line, its use and the name it sets."""
        found: list[tuple[syntax.Node, str, str]] = []
        for output in tree.find_all(syntax.Output):
            found += [
                (part, "text", "")
                for part in output.nodes
                if not isinstance(part, syntax.TemplateData)
            ]
        for assignment in tree.find_all(syntax.Assign):
            name = getattr(assignment.target, "name", "")
            found.append((assignment.node, "set", name))
            self.sets[name] = assignment.lineno
        found += [(loop.iter, "loop", "") for loop in tree.find_all(syntax.For)]
        found += [(condition.test, "if", "") for condition in tree.find_all(syntax.If)]
        self.expressions = {id(node): (node.lineno, use, name) for node, use, name in found}

    def evaluate(self, expression: Callable[[], Any], line: int, use: str, name: str) -> object:
        """Evaluate an expression; one that fails gives no text, and its name no value."""
        try:
            value = expression()
            if isinstance(value, Undefined):
                str(value)
            if use == "text" and isinstance(value, float):
                raise ReportError(
                    f"{value} has no number of digits; add a filter such as `| number(1)`"
                )
            return list(value) if use == "loop" else value
        except (ReportError, _NoValueError) as error:
            self.note(line, str(error))
        except UndefinedError as error:
            self.note(line, self._remedy(str(error)))
        # An expression can fail in any way: a bad argument, a missing one.
        except Exception as error:
            self.note(line, f"{type(error).__name__}: {error}; correct the expression")
        if use != "set":
            return ""
        place = f"line {self.first_line + line - 1}"
        problem = f"`{name}` has no value, as its `set` in {place} fails; correct that or drop this"
        return StrictUndefined(problem, exc=_NoValueError)

    def _remedy(self, problem: str) -> str:
        """Describe the remedy for an undefined name."""
        found = _UNDEFINED.fullmatch(problem)
        if not found:
            return f"{problem}; correct the name"
        if found[1] in self.sets:
            place = f"line {self.first_line + self.sets[found[1]] - 1}"
            return (
                f"{problem}: its `set` in {place} was not reached; ask here for the same as there"
            )
        return f"{problem}; {one_of(found[1], [*self.names, *self.sets])}"


def evaluate(
    text: str,
    names: Mapping[str, object],
    source: str,
    first_line: int = 1,
    *,
    verdicts: Mapping[str, str] | None = None,
    every_form: bool = False,
) -> tuple[str, list[Mistake]]:
    """Replace the expressions in a page by their values.

    Args:
        text: The text of the page, in Markdown.
        names: The values that expressions may name.
        source: The page's name in errors.
        first_line: The line of the page's file at which `text` begins.
        verdicts: The verdicts of all claims, by their identifiers.
        every_form: Whether text that depends on a verdict is evaluated in its forms for all
            verdicts that a measurement can have, to find mistakes that do not show today.

    Returns:
        The page, with gaps where an expression cannot be evaluated, and all mistakes in it; if the
        page cannot be read as a whole, no text and its first mistake.
    """
    page = _Page(names, source, first_line, verdicts or {}, every_form)
    environment = _ENVIRONMENT.overlay()
    environment.extend(page=page)
    # A backslash in a caption begins a TeX command, never an escape sequence.
    text = _EXPRESSION.sub(lambda match: match[0].replace("\\", r"\\"), text)
    try:
        tree = environment.parse(text)
        page.guard(tree)
        return without_empty_forms(environment.from_string(tree).render(names)), page.mistakes
    except TemplateSyntaxError as error:
        page.note(error.lineno, f"{error.message}; correct the expression")
    # Text between expressions can fail as well, such as the call of a macro.
    except Exception as error:
        frames = reversed(traceback.extract_tb(error.__traceback__))
        line = next((frame.lineno for frame in frames if frame.filename == "<template>"), None)
        page.note(line or 1, f"{type(error).__name__}: {error}; correct the expression")
    return "", page.mistakes


def figure_numbers(text: str) -> dict[str, int]:
    """Number the figures of a page, from 1, in the order in which it first names them."""
    names = dict.fromkeys(re.findall(r"""\bfigure\(\s*["']([^"']+)["']""", text))
    return {name: position for position, name in enumerate(names, start=1)}
