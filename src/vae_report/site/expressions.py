"""Expressions in pages: `{{ runs["vae-2"].test.bce | number(1) }}`, evaluated while a page is read.

Statements stand between `<%` and `%>`, comments between `<#` and `#>`: the usual delimiters mean
something in TeX and in attribute lists.

Pages may name what was measured: `runs`, `headline` (names of runs), `sweeps` (the same, by sweep),
`baselines` and `claims`, the last as in `claims["id"].effect`; where it comes from: `settings`,
`provenance`, `benchmark`; and parts that the build provides:

- `claim("id")`: a claim's sentence and verdict. `verdict("id")` leaves the sentence out.
- the filters `number(2)`, `nats` and, for the two ends of an interval, `interval(2)`.
- `compare(a, b, digits=2)`: "higher", "lower" or "the same", whichever `a` is as it is shown; other
  words by `more=`, `less=` and `equal=`.
- `figure("name", caption="…")`, and `figure_reference("name")` to it.
- `metrics_table(caption="…")` of the headline, `group_table("samples", caption="…")` of all runs,
  `baselines_table(caption="…")`, `benchmark_table("step", caption="…")`.
- `claims_summary()`, `claims_overview(caption="…")` and `claims_evidence()`.
- `explorer_page()`, the latent explorer, and `explorer_preview()`, its smaller form.
- `cite("kingma2014")`, a work of `docs/references.toml`; `references()`, the list of those cited.

What a profile may leave out is asked for first: `<% if "beta-4" in runs %>`. A sentence whose truth
depends on a claim has a form for each of its verdicts: see `verdict_forms`.
"""

import re
import traceback
from collections.abc import Mapping

from jinja2 import Environment, StrictUndefined, TemplateSyntaxError, UndefinedError

from vae_report.errors import ReportError
from vae_report.site.values import compare, interval, nats, number
from vae_report.site.verdict_forms import FormError, VerdictForms, without_empty_forms


def _written(value: object) -> object:
    if isinstance(value, float):
        raise ReportError(f"{value} has no number of digits; add a filter such as `| number(1)`")
    return value


_ENVIRONMENT = Environment(
    undefined=StrictUndefined,
    block_start_string="<%",
    block_end_string="%>",
    comment_start_string="<#",
    comment_end_string="#>",
    keep_trailing_newline=True,
    finalize=_written,
    extensions=[VerdictForms],
)
_EXPRESSION = re.compile(r"""\{\{(?:"[^"]*"|'[^']*'|.)*?\}\}""", re.DOTALL)
_ENVIRONMENT.filters |= {"number": number, "nats": nats, "interval": interval}
_ENVIRONMENT.globals["compare"] = compare


def evaluate(
    text: str,
    names: Mapping[str, object],
    source: str,
    first_line: int = 1,
    *,
    verdicts: Mapping[str, str] | None = None,
    every_form: bool = False,
) -> str:
    """Replace the expressions in a page by their values.

    Args:
        text: Markdown.
        names: what expressions may name.
        source: what an error calls the page.
        first_line: the line of the page's file at which `text` begins.
        verdicts: of all claims, by their identifiers.
        every_form: whether text that depends on a verdict is evaluated in its forms for all
            verdicts that a measurement can have, to find mistakes that do not show today.

    Raises:
        ReportError: an expression cannot be evaluated; the message says in which line, and why.
    """
    environment = _ENVIRONMENT.overlay()
    environment.extend(verdicts=dict(verdicts or {}), every_form=every_form)
    # A backslash in a caption begins a TeX command, never an escape sequence.
    text = _EXPRESSION.sub(lambda match: match[0].replace("\\", r"\\"), text)
    try:
        return without_empty_forms(environment.from_string(text).render(names))
    except FormError as error:
        line, problem = error.lineno, str(error.message)
    except TemplateSyntaxError as error:
        line, problem = error.lineno, f"{error.message}; correct the expression"
    except ReportError as error:
        line, problem = _line(error), str(error)
    except UndefinedError as error:
        line, problem = _line(error), f"{error}; correct the name"
    # What an expression can do wrong is its author's to choose: a bad argument, a missing one.
    except Exception as error:
        line, problem = _line(error), f"{type(error).__name__}: {error}; correct the expression"
    raise ReportError(f"{source}:{first_line + line - 1}: {problem}.")


def _line(error: Exception) -> int:
    frames = traceback.extract_tb(error.__traceback__)
    return next(frame.lineno or 1 for frame in reversed(frames) if frame.filename == "<template>")


def figure_numbers(text: str) -> dict[str, int]:
    """Number the figures of a page, from 1, in the order in which it first names them."""
    names = dict.fromkeys(re.findall(r"""\bfigure\(\s*["']([^"']+)["']""", text))
    return {name: position for position, name in enumerate(names, start=1)}
