"""The result of a comparison, for a terminal, a browser, a job's summary and programs."""

import math
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.console import Console
from rich.table import Table
from rich.text import Text

from vae_report.engine.files import write_text
from vae_report.errors import ReportError
from vae_report.verify.comparison import ClaimComparison, Finding, NumberComparison, Verification

_MOST = 25
"""The number of numbers that a terminal and a summary list; the page has all."""

_PAGES = Environment(
    loader=PackageLoader("vae_report", "verify"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def show(found: Verification, console: Console) -> None:
    """Print the verdicts, the numbers that are not compatible, and the conclusion."""
    console.print(Text(f"Here:      {found.here.place}"))
    console.print(Text(f"Published: {found.published.place}"))
    _print(console, "Verdicts", ("claim", "here", "published", ""), map(_verdict, found.claims))
    if numbers := found.incompatible:
        title = "Numbers that are not compatible"
        _print(console, title, _HEADINGS, map(_number, numbers[:_MOST]))
        if more := len(numbers[_MOST:]):
            console.print(Text(f"And {more} more, less far apart: see the page."))
    console.print()
    for line in found.differences:
        console.print(Text(f"Differs: {line}"))
    for line in found.failures:
        console.print(Text(f"Failure: {line}", style="bold red"))
    console.print(Text(found.summary, style="bold"))


_HEADINGS = ("run", "number", "here", "published")


def _print(
    console: Console, title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]
) -> None:
    table = Table(title=f"\n{title}", title_justify="left", box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        style = "bold red" if row[-1] == "opposite" else None
        table.add_row(*map(Text, row), style=style)
    console.print(table)


def _verdict(claim: ClaimComparison) -> tuple[str, str, str, str]:
    return claim.id, _short(claim.here), _short(claim.published), claim.change


def _short(verdict: str | None) -> str:
    return (verdict or "—").removesuffix(" in this profile")


def _number(number: NumberComparison) -> tuple[str, str, str, str]:
    return number.run, number.number, shown(number.here), shown(number.published)


def shown(finding: Finding) -> str:
    """Write a value and half the width of its interval, in as many digits as that justifies."""
    if finding.value is None:
        return "—"
    if finding.interval is None:
        return f"{finding.value:.6g}"
    lower, upper = finding.interval
    half = (upper - lower) / 2
    if not half > 0:
        return f"{finding.value:.6g} ± 0"
    digits = min(max(1 - math.floor(math.log10(half)), 0), 9)
    return f"{finding.value:.{digits}f} ± {half:.{digits}f}"


def keep(found: Verification, folder: Path) -> None:
    """Write `verify.json` and the page `verify.html`.

    Raises:
        ReportError: The disk is full or not writable.
    """
    write_text(folder / "verify.json", found.model_dump_json(indent=1))
    by_run = groupby(found.numbers, key=lambda number: number.run)
    page = _PAGES.get_template("page.html").render(
        found=found,
        runs=[(run, list(numbers)) for run, numbers in by_run],
        shown=shown,
        short=_short,
    )
    write_text(folder / "verify.html", page)


def summarise(found: Verification | ReportError, path: Path) -> None:
    """Append the tables, or why there are none, to a file as the Markdown that GitHub shows.

    Raises:
        ReportError: The file cannot be written.
    """
    lines = ["## Does this report agree with the published one?", ""]
    if isinstance(found, ReportError):
        lines += [f"They cannot be compared. {_escaped(str(found))}"]
    else:
        lines += _summary(found)
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    except OSError as error:
        raise ReportError(
            f"{path}: cannot be written ({error.strerror}); name another file with --summary."
        ) from error


def _summary(found: Verification) -> list[str]:
    changed = [claim for claim in found.claims if claim.change != "same"]
    numbers = found.incompatible
    lines = [
        _escaped(found.summary),
        "",
        f"Here: {_escaped(found.here.place)}. Published: {_escaped(found.published.place)}.",
        "",
        *(f"- Failure: {_escaped(failure)}" for failure in found.failures),
        *(f"- Differs: {_escaped(difference)}" for difference in found.differences),
        "",
        *_markdown(("claim", "here", "published", "verdict"), map(_verdict, changed)),
        *_markdown(_HEADINGS, map(_number, numbers[:_MOST])),
    ]
    if more := len(numbers[_MOST:]):
        lines += [f"And {more} more numbers that are not compatible, less far apart."]
    return lines


def _markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lay out a table; none without rows."""
    body = [f"| {' | '.join(map(_escaped, row))} |" for row in rows]
    if not body:
        return []
    return [f"| {' | '.join(headings)} |", "|---" * len(headings) + "|", *body, ""]


_MARKUP = str.maketrans({letter: f"&#{ord(letter)};" for letter in "&<>\\`*_[]|~@"})


def _escaped(text: str) -> str:
    """Escape what Markdown or HTML would read as markup."""
    return text.translate(_MARKUP)
