"""Tables of measurements."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from vae_report.errors import ReportError
from vae_report.site.templates import render
from vae_report.site.values import decimals, number


class Column(NamedTuple):
    """A column of a table of metrics: where its values lie, and how they are written."""

    path: str
    heading: str
    write: Callable[[Any], str] = number


_one, _two, _three, _four, _five = (partial(number, digits=digits) for digits in range(1, 6))

_SPLIT = (
    Column("negative_elbo", "Negative ELBO", _two),
    Column("bce", "BCE", _two),
    Column("kl", "KL", _two),
    Column("mean_decoded_loss", "Mean-decoded loss", _two),
    Column("mse", "MSE", _four),
    Column("psnr", "PSNR", _two),
    Column("ssim", "SSIM", _three),
    Column("sharpness", "Sharpness", _three),
)
_SAMPLES = (
    Column("frechet", "Fréchet distance", _two),
    Column("kernel", "Kernel distance", _four),
    Column("kernel_error", "Its standard error", _four),
    Column("density", "Density", _three),
    Column("coverage", "Coverage", _three),
    Column("confidence", "Confidence", _three),
    Column("recognised", "Recognised", _three),
    Column("realistic", "Realistic", _three),
    Column("class_entropy", "Class entropy", _three),
    Column("class_balance", "Class balance", _three),
    Column("sharpness", "Sharpness", _three),
)
GROUPS = {
    "settings": (
        Column("kind", "Model", str.upper),
        Column("latent", "Latent size"),
        Column("likelihood", "Likelihood", str),
        Column("beta", "β", _two),
        Column("learning_rate", "Learning rate", _five),
        Column("seed", "Seed"),
        Column("parameters", "Parameters"),
        Column("epochs", "Epochs"),
        Column("seconds", "Seconds", _one),
    ),
    "validation": _SPLIT,
    "test": _SPLIT,
    "evidence": (Column("bound", "Bound", _two), Column("draws", "Draws")),
    "latent_space": (
        Column("active_units", "Active units"),
        Column("knn_accuracy", "Neighbours’ accuracy", _three),
        Column("probe_accuracy", "Probe’s accuracy", _three),
        Column("silhouette", "Silhouette", _three),
        Column("prior_distance", "Distance from the prior", _three),
    ),
    "recognition": (
        Column("label_kept", "Label kept", _three),
        Column("path_confidence", "Confidence on paths", _three),
        Column("path_realism", "Realism of paths", _three),
    ),
    "samples": _SAMPLES,
    "mixture_samples": _SAMPLES,
}
"""The scalars of `vae_report.metrics.RunMetrics`, by the record that holds them."""

_MAIN = (
    Column("kind", "Model", str.upper),
    Column("latent", "Latent size"),
    Column("parameters", "Parameters"),
    Column("seconds", "Seconds"),
    *(column._replace(path=f"test.{column.path}") for column in _SPLIT),
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
    runs = {
        name: (run if group == "settings" else run.get(group), run["diverged"])
        for name, run in metrics["runs"].items()
    }
    everyone = all(values or diverged for values, diverged in runs.values())
    rows = {
        name: values
        for name, (values, diverged) in runs.items()
        if values or (diverged and everyone)
    }
    return _table(f"metrics-{group}", "Run", GROUPS[group], rows, caption)


def baselines_table(metrics: Mapping[str, Any], caption: str) -> str:
    """Lay out the images that samples are compared with, judged like samples.

    Args:
        metrics: as in `metrics.json`.
        caption: in Markdown.

    Raises:
        ReportError: a baseline lacks one of the table's values.
    """
    rows = metrics["baselines"]["samples"]
    return _table("metrics-baselines", "Images", _SAMPLES, rows, caption)


def _table(
    identifier: str,
    first: str,
    columns: tuple[Column, ...],
    rows: Mapping[str, Mapping[str, Any] | None],
    caption: str,
) -> str:
    return render(
        "metrics.html",
        identifier=identifier,
        headings=[first, *(column.heading for column in columns)],
        rows={
            name: [_cell(name, values, column) for column in columns] if values else None
            for name, values in rows.items()
        },
        caption=caption,
    )


def _cell(name: str, values: Mapping[str, Any], column: Column) -> str:
    value: Any = values
    for key in column.path.split("."):
        if value is None:
            break
        if key not in value:
            raise ReportError(f'"{name}" has no value "{column.path}"; run `make site`')
        value = value[key]
    return "–" if value is None else column.write(value)


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
    return render(
        "benchmark.html",
        section=section,
        groups={
            group: {name: _summary_cells(summary) for name, summary in rows.items()}
            for group, rows in tables[section].items()
        },
        caption=caption,
    )


def _summary_cells(summary: Mapping[str, Any]) -> list[str]:
    # Three digits, which is more than most of these repeat to.
    digits = decimals(summary["median"], significant=3)
    return [
        *(number(summary[key], digits) for key in ("median", "lower_quartile", "upper_quartile")),
        summary["unit"],
        number(summary["repetitions"]),
    ]
