"""Tables of measurements."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from vae_report.errors import ReportError
from vae_report.site.templates import render
from vae_report.site.values import decimals, declared, number

_ABSENT = "–"


class Column(NamedTuple):
    """A column of a table of metrics.

    Attributes:
        path: where its values lie in a run's record.
        heading: what it is called.
        digits: decimals of its numbers; none for numbers that show those they were given.
        best: the value that is best, infinite where more, or less, is always better; none where
            no value is better than another.
        alike: settings that runs must share for their values to compare.
        word: writes a value that is not to be written as a number.
    """

    path: str
    heading: str
    digits: int | None = 0
    best: float | None = None
    alike: tuple[str, ...] = ()
    word: Callable[[Any], str] | None = None

    def write(self, value: Any) -> str:  # noqa: ANN401  # a value of JSON
        """Write a value, which may be absent."""
        if value is None:
            return _ABSENT
        if self.word:
            return self.word(value)
        return declared(float(value)) if self.digits is None else number(value, self.digits)


class Cell(NamedTuple):
    """A cell's text, and the decimals that it lacks for the points of its column to align."""

    text: str
    padding: str


_LOWEST, _HIGHEST = -math.inf, math.inf
_OF_ONE_BOUND = ("variational", "likelihood")
"""Nats compare between VAEs, or between autoencoders, of one likelihood alone."""

_SPLIT = (
    Column("negative_elbo", "Negative ELBO", 2, _LOWEST, _OF_ONE_BOUND),
    Column("bce", "BCE", 2, _LOWEST, _OF_ONE_BOUND),
    Column("kl", "KL", 2),
    Column("mean_decoded_loss", "Mean-decoded loss", 2, _LOWEST, _OF_ONE_BOUND),
    Column("mse", "MSE", 4, _LOWEST),
    Column("psnr", "PSNR", 2, _HIGHEST),
    Column("ssim", "SSIM", 3, _HIGHEST),
    Column("sharpness", "Sharpness", 3, best=1),
)
_SAMPLES = (
    Column("frechet", "Fréchet distance", 2, _LOWEST),
    Column("kernel", "Kernel distance", 4, best=0),
    Column("kernel_error", "Its standard error", 4),
    Column("density", "Density", 3),
    Column("coverage", "Coverage", 3, _HIGHEST),
    Column("confidence", "Confidence", 3),
    Column("recognised", "Recognised", 3),
    Column("realistic", "Realistic", 3, _HIGHEST),
    Column("class_entropy", "Class entropy", 3),
    Column("class_balance", "Class balance", 3, _HIGHEST),
    Column("sharpness", "Sharpness", 3),
)
GROUPS = {
    "settings": (
        Column("label", "Model", word=str),
        Column("latent", "Latent size"),
        Column("likelihood", "Likelihood", word=str),
        Column("beta", "β", digits=None),
        Column("learning_rate", "Learning rate", digits=None),
        Column("seeds", "Seeds", word=lambda seeds: str(len(seeds))),
        Column("parameters", "Parameters"),
        Column("epochs", "Epochs"),
        Column("seconds", "Seconds", 1),
    ),
    "validation": _SPLIT,
    "test": _SPLIT,
    "evidence": (Column("bound", "Bound", 2, _LOWEST, _OF_ONE_BOUND), Column("draws", "Draws")),
    "latent_space": (
        Column("active_units", "Active units", 1),
        Column("knn_accuracy", "Neighbours’ accuracy", 3, _HIGHEST),
        Column("probe_accuracy", "Probe’s accuracy", 3, _HIGHEST),
        Column("silhouette", "Silhouette", 3, _HIGHEST),
        Column("prior_distance", "Distance from the prior", 3),
    ),
    "recognition": (
        Column("label_kept", "Label kept", 3, _HIGHEST),
        Column("path_confidence", "Confidence on paths", 3),
        Column("path_realism", "Realism of paths", 3, _HIGHEST),
    ),
    "samples": _SAMPLES,
    "mixture_samples": _SAMPLES,
}
"""The scalars of `vae_report.results.metrics.RunMetrics`, by the record that holds them."""


def _within(record: str, columns: Sequence[Column]) -> tuple[Column, ...]:
    return tuple(column._replace(path=f"{record}.{column.path}") for column in columns)


_MAIN = (
    Column("label", "Model", word=str),
    Column("latent", "Latent size"),
    Column("parameters", "Parameters"),
    Column("seconds", "Seconds"),
    *_within("test", _SPLIT),
)


def headline_table(metrics: Mapping[str, Any], metrics_page: str, caption: str) -> str:
    """Lay out what matters most of the headline runs, measured on test images.

    Args:
        metrics: as in `metrics.json`; a `null` shows as an en dash.
        metrics_page: address of the page with all other numbers.
        caption: in Markdown.

    Raises:
        ReportError: a run lacks one of the table's values.
    """
    runs = {name: metrics["runs"][name] for name in metrics["headline"]}
    more = f'<a href="{metrics_page}">All runs and measurements</a>'
    return _table("metrics", "Run", _MAIN, runs, f"{caption} {more}")


def group_table(metrics: Mapping[str, Any], group: str, caption: str) -> str:
    """Lay out one group of measurements for all runs that have it.

    A run that diverged says so where every other run has values.

    Args:
        metrics: as in `metrics.json`; a `null` shows as an en dash.
        group: one of `GROUPS`.
        caption: in Markdown.

    Raises:
        ReportError: there is no such group, or a run lacks one of its values.
    """
    if group not in GROUPS:
        raise ReportError(f'no group "{group}" of metrics; name one of {", ".join(GROUPS)}')
    runs = metrics["runs"]
    columns = GROUPS[group]
    if group != "settings":
        columns = _within(group, columns)
        measured = {name: run for name, run in runs.items() if run.get(group)}
        everyone = all(name in measured or run["diverged"] for name, run in runs.items())
        runs = dict.fromkeys(runs) | measured if everyone else measured
    return _table(f"metrics-{group}", "Run", columns, runs, caption)


def baselines_table(metrics: Mapping[str, Any], caption: str) -> str:
    """Lay out the images that samples are compared with, judged like samples.

    Args:
        metrics: as in `metrics.json`.
        caption: in Markdown.

    Raises:
        ReportError: a baseline lacks one of the table's values.
    """
    rows = metrics["baselines"]["samples"]
    # No generator, so none of them is the best one.
    columns = [column._replace(best=None) for column in _SAMPLES]
    return _table("metrics-baselines", "Images", columns, rows, caption)


def _table(
    identifier: str,
    first: str,
    columns: Sequence[Column],
    rows: Mapping[str, Mapping[str, Any] | None],
    caption: str,
) -> str:
    measured = {name: row for name, row in rows.items() if row}
    values = {
        column: {name: _value(name, row, column.path) for name, row in measured.items()}
        for column in columns
    }
    texts = {name: [column.write(values[column][name]) for column in columns] for name in measured}
    return render(
        "metrics.html",
        identifier=identifier,
        first=first,
        columns=columns,
        rows=dict.fromkeys(rows) | _aligned(texts),
        best={column: _best(column, values[column], measured) for column in columns},
        caption=caption,
    )


def _value(name: str, row: Mapping[str, Any], path: str) -> float | str | None:
    *records, last = path.split(".")
    for key in records:
        row = row[key] or {last: None}
    if last not in row:
        raise ReportError(f'"{name}" has no value "{path}"; run `make site`')
    value: float | str | None = row[last]
    return value


def _best(
    column: Column, values: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]
) -> set[str]:
    """Name the rows whose value is, as it is written, the best of those that compare with it."""
    if column.best is None:
        return set()
    groups: defaultdict[tuple[Any, ...], dict[str, float]] = defaultdict(dict)
    for name, value in values.items():
        if value is not None:
            alike = tuple(rows[name][setting] for setting in column.alike)
            groups[alike][name] = round(value, column.digits)
    names: set[str] = set()
    for group in groups.values():
        if len(group) > 1:
            goal = min(max(column.best, min(group.values())), max(group.values()))
            least = min(abs(value - goal) for value in group.values())
            names |= {name for name, value in group.items() if abs(value - goal) == least}
    return names


_Row = TypeVar("_Row")


def _aligned(rows: Mapping[_Row, Sequence[str]]) -> dict[_Row, list[Cell]]:
    """Pad the numbers of each column to equally many decimals; words have none."""
    places = [
        max(len(text.partition(".")[2]) for text in column)
        for column in zip(*rows.values(), strict=True)
    ]
    return {
        name: [Cell(text, _padding(text, most)) for text, most in zip(row, places, strict=True)]
        for name, row in rows.items()
    }


def _padding(text: str, places: int) -> str:
    """Write the decimals that a text lacks, and the point if it has none."""
    shown = len(text) - len(text.partition(".")[0])
    return ("." + "0" * places)[shown:] if places else ""


def benchmark_table(
    tables: Mapping[str, Mapping[str, Mapping[str, Mapping[str, Any]]]], section: str, caption: str
) -> str:
    """Lay out a section of the benchmark: every quantity with its spread.

    Args:
        tables: as in `benchmark.json`.
        section: one of them.
        caption: in Markdown.

    Raises:
        ReportError: there is no such section.
    """
    if section not in tables:
        raise ReportError(f'no benchmark "{section}"; name one of {", ".join(tables)}')
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
    # Three digits, which is more than most of these repeat to.
    digits = decimals(summary["median"], significant=3)
    return [
        *(number(summary[key], digits) for key in ("median", "lower_quartile", "upper_quartile")),
        summary["unit"],
        number(summary["repetitions"]),
    ]
