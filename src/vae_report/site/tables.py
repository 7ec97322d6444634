"""Tables of measurements."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from vae_report.errors import ReportError, one_of
from vae_report.site.templates import render
from vae_report.site.values import decimals, declared, number
from vae_report.site.words import word

_ABSENT = "–"
_MAIN = ("label", "latent", "parameters", "seconds")
"""The settings in the table of the headline runs."""


_WORDS: Mapping[str, Callable[[Any], str]] = {
    "plain": str,
    "count": lambda values: str(len(values)),
}
_EXTREMES = {"lowest": -math.inf, "highest": math.inf}

Column = Mapping[str, Any]
"""A `vae_report.results.metrics.Scalar`, and the `path` of its values in a run's record."""


class Cell(NamedTuple):
    """A cell's text, and the decimals that it needs for the points of its column to align."""

    text: str
    padding: str


def _columns(metrics: Mapping[str, Any], group: str, **changes: object) -> dict[str, Column]:
    """Take the columns of a group of measurements, by name, from their declarations."""
    within = [] if group == "settings" else [group]
    return {
        name: scalar | changes | {"path": [*within, name]}
        for name, scalar in metrics["columns"][group].items()
    }


def headline_table(metrics: Mapping[str, Any], metrics_page: str, caption: str) -> str:
    """Lay out the main results of the headline runs, measured on test images.

    Args:
        metrics: The content of `metrics.json`; a `null` shows as an en dash.
        metrics_page: The address of the page with all other numbers.
        caption: The caption in Markdown.

    Raises:
        ReportError: A run lacks one of the table's values.
    """
    runs = {name: metrics["runs"][name] for name in metrics["headline"]}
    # Whole seconds are enough to compare runs.
    settings = _columns(metrics, "settings", digits=0)
    columns = [*(settings[name] for name in _MAIN), *_columns(metrics, "test").values()]
    more = f'<a href="{metrics_page}">{word("all_runs")}</a>'
    return _table("metrics", "run", columns, runs, f"{caption} {more}")


def group_table(metrics: Mapping[str, Any], group: str, caption: str) -> str:
    """Lay out one group of measurements for all runs that have it.

    A run that diverged says so where every other run has values.

    Args:
        metrics: The content of `metrics.json`; a `null` shows as an en dash.
        group: The name of the record that holds them, or `settings`.
        caption: The caption in Markdown.

    Raises:
        ReportError: There is no such group, or a run lacks one of its values.
    """
    if group not in metrics["columns"]:
        raise ReportError(f'no group "{group}" of metrics; {one_of(group, metrics["columns"])}')
    runs = metrics["runs"]
    if group != "settings":
        measured = {name: run for name, run in runs.items() if run.get(group)}
        everyone = all(name in measured or run["diverged"] for name, run in runs.items())
        runs = dict.fromkeys(runs) | measured if everyone else measured
    columns = [*_columns(metrics, group).values()]
    return _table(f"metrics-{group}", "run", columns, runs, caption)


def baselines_table(metrics: Mapping[str, Any], caption: str) -> str:
    """Lay out the images that samples are compared with, judged like samples.

    Args:
        metrics: The content of `metrics.json`.
        caption: The caption in Markdown.

    Raises:
        ReportError: A baseline lacks one of the table's values.
    """
    rows = {name: {"samples": judged} for name, judged in metrics["baselines"]["samples"].items()}
    # No generator, so none of them is the best one.
    columns = [*_columns(metrics, "samples", best=None).values()]
    return _table("metrics-baselines", "images", columns, rows, caption)


def _table(
    identifier: str,
    first: str,
    columns: Sequence[Column],
    rows: Mapping[str, Mapping[str, Any] | None],
    caption: str,
) -> str:
    measured = {name: row for name, row in rows.items() if row}
    values = [
        {name: _value(name, row, column["path"]) for name, row in measured.items()}
        for column in columns
    ]
    texts = {
        name: [_written(column, each[name]) for column, each in zip(columns, values, strict=True)]
        for name in measured
    }
    return render(
        "metrics.html",
        identifier=identifier,
        first=word(first),
        columns=columns,
        rows=dict.fromkeys(rows) | _aligned(texts),
        best=[_best(*each, measured) for each in zip(columns, values, strict=True)],
        caption=caption,
    )


def _value(name: str, row: Mapping[str, Any], path: Sequence[str]) -> float | str | None:
    *records, last = path
    for key in records:
        row = row[key] or {last: None}
    if last not in row:
        raise ReportError(f'"{name}" has no value "{".".join(path)}"; run `make site`')
    value: float | str | None = row[last]
    return value


def _written(column: Column, value: Any) -> str:  # noqa: ANN401  # a value of JSON
    if value is None:
        return _ABSENT
    if column["word"]:
        return _WORDS[column["word"]](value)
    digits = column["digits"]
    return declared(float(value)) if digits is None else number(value, digits)


def _best(
    column: Column, values: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]
) -> set[str]:
    """Name the rows with the best written value among the runs that compare with them."""
    if column["best"] is None:
        return set()
    sought = float(_EXTREMES.get(column["best"]) or column["best"])
    digits: int = column["digits"]
    groups: defaultdict[tuple[Any, ...], dict[str, float]] = defaultdict(dict)
    for name, value in values.items():
        if value is not None:
            alike = tuple(rows[name][setting] for setting in column["alike"])
            groups[alike][name] = round(value, digits)
    names: set[str] = set()
    for group in groups.values():
        if len(group) > 1:
            goal = min(max(sought, min(group.values())), max(group.values()))
            least = min(abs(value - goal) for value in group.values())
            names |= {name for name, value in group.items() if abs(value - goal) == least}
    return names


_Row = TypeVar("_Row")


def _aligned(rows: Mapping[_Row, Sequence[str]]) -> dict[_Row, list[Cell]]:
    """Pad the numbers of each column to equally many decimals; words have none."""
    places = [
        max(len(text.partition(word("decimal_mark"))[2]) for text in column)
        for column in zip(*rows.values(), strict=True)
    ]
    return {
        name: [Cell(text, _padding(text, most)) for text, most in zip(row, places, strict=True)]
        for name, row in rows.items()
    }


def _padding(text: str, places: int) -> str:
    """Write the decimals that a text lacks, and the point if it has none."""
    mark = word("decimal_mark")
    shown = len(text) - len(text.partition(mark)[0])
    return (mark + "0" * places)[shown:] if places else ""


def benchmark_table(
    tables: Mapping[str, Mapping[str, Mapping[str, Mapping[str, Any]]]], section: str, caption: str
) -> str:
    """Lay out a section of the benchmark: every quantity with its spread.

    Args:
        tables: The tables of `benchmark.json`.
        section: The name of one of them.
        caption: The caption in Markdown.

    Raises:
        ReportError: There is no such section.
    """
    if section not in tables:
        raise ReportError(f'no benchmark "{section}"; {one_of(section, tables)}')
    texts = {
        (group, name): _summary_texts(summary)
        for group, rows in tables[section].items()
        for name, summary in rows.items()
    }
    return render(
        "benchmark.html",
        identifier=f"benchmark-{section}",
        rows=_aligned(texts),
        caption=caption,
    )


def _summary_texts(summary: Mapping[str, Any]) -> list[str]:
    # Most of these do not repeat to more than three digits.
    digits = decimals(summary["median"], significant=3)
    return [
        *(number(summary[key], digits) for key in ("median", "lower_quartile", "upper_quartile")),
        summary["unit"],
        number(summary["repetitions"]),
    ]
