"""Parts of a page that the build provides: numbered figures and tables of measurements."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from mkdocs.utils import get_relative_url

from vae_report.errors import ReportError
from vae_report.site.values import number

_TEMPLATES = Environment(
    loader=PackageLoader("vae_report.site"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Column(NamedTuple):
    """A column of the table of metrics; without `digits`, its values are words."""

    key: str
    heading: str
    digits: int | None = 0


_SETTINGS = (
    Column("kind", "Model", digits=None),
    Column("latent", "Latent size"),
    Column("beta", "β", digits=2),
    Column("seed", "Seed"),
    Column("parameters", "Parameters"),
    Column("epochs", "Epochs"),
    Column("seconds", "Seconds"),
)
_MEASUREMENTS = (
    Column("negative_elbo", "Negative ELBO", digits=2),
    Column("bce", "BCE", digits=2),
    Column("kl", "KL", digits=2),
    Column("mean_decoded_loss", "Mean-decoded loss", digits=2),
    Column("mse", "MSE", digits=4),
    Column("ssim", "SSIM", digits=3),
)


def metrics_table(runs: Mapping[str, Mapping[str, object]], caption: str) -> str:
    """Lay out every run with its settings and its measurements on validation and test images.

    Args:
        runs: by name, as in `metrics.json`; a `null` shows as an en dash.
        caption: in Markdown.

    Raises:
        ReportError: a run lacks one of the table's values.
    """
    return _TEMPLATES.get_template("metrics.html").render(
        settings=_SETTINGS,
        measurements=_MEASUREMENTS,
        rows={
            name: [
                *_cells(name, run, _SETTINGS),
                *_cells(name, run, _MEASUREMENTS, "validation"),
                *_cells(name, run, _MEASUREMENTS, "test"),
            ]
            for name, run in runs.items()
        },
        caption=caption,
    )


def _cells(
    name: str, run: Mapping[str, object], columns: tuple[Column, ...], *split: str
) -> list[str]:
    return [_cell(_value(name, run, *split, column.key), column.digits) for column in columns]


def _value(name: str, run: Mapping[str, object], *path: str) -> object:
    value: object = run
    for key in path:
        if not isinstance(value, Mapping) or key not in value:
            raise ReportError(f'run "{name}" has no value "{".".join(path)}"; run `make site`')
        value = value[key]
    return value


def _cell(value: object, digits: int | None) -> str:
    if value is None:
        return "–"
    return str(value).upper() if digits is None else number(value, digits)


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
        raise ReportError(f'no benchmark "{section}"; there are {", ".join(tables)}')
    return _TEMPLATES.get_template("benchmark.html").render(
        section=section,
        groups={
            group: {name: _summary_cells(summary) for name, summary in rows.items()}
            for group, rows in tables[section].items()
        },
        caption=caption,
    )


def _summary_cells(summary: Mapping[str, Any]) -> list[str]:
    values = [summary[key] for key in ("median", "lower_quartile", "upper_quartile")]
    # Three digits, which is more than most of these repeat to.
    digits = max(0, 2 - math.floor(math.log10(abs(values[0])))) if values[0] else 2
    return [
        *(number(value, digits) for value in values),
        summary["unit"],
        number(summary["repetitions"]),
    ]


class Figures:
    """The figures that one page shows, numbered in the order in which it names them.

    Args:
        manifest: of each figure its light and dark file, width and height in CSS
            pixels, and alternative text.
        folder: that holds the files.
        page_url: relative to the site.
        numbers: the number of each figure that the page names.
    """

    def __init__(
        self,
        manifest: Mapping[str, Mapping[str, Any]],
        folder: Path,
        page_url: str,
        numbers: Mapping[str, int],
    ) -> None:
        self._manifest = manifest
        self._folder = folder
        self._page_url = page_url
        self._numbers = numbers
        self._shown: set[str] = set()

    def show(self, name: str, caption: str) -> str:
        """Place a figure, in the variant that goes with the reader's theme.

        Args:
            name: as in the manifest.
            caption: in Markdown; its number comes by itself.

        Raises:
            ReportError: the build drew no such figure, a file of it is missing, or the page shows
                it already.
        """
        if name not in self._manifest:
            raise ReportError(f'no figure "{name}"; there are {", ".join(self._manifest)}')
        if name in self._shown:
            raise ReportError(f'figure "{name}" stands on this page twice; remove one')
        self._shown.add(name)
        figure = self._manifest[name]
        for variant in ("light", "dark"):
            if not (self._folder / figure[variant]).is_file():
                raise ReportError(f'figure "{name}" lacks {figure[variant]}; run `make site`')
        return _TEMPLATES.get_template("figure.html").render(
            figure,
            name=name,
            number=self._numbers[name],
            caption=caption,
            address=lambda file: get_relative_url(f"assets/figures/{file}", self._page_url),
        )

    def refer(self, name: str) -> str:
        """Link to a figure of this page by its number.

        Raises:
            ReportError: the page does not show it.
        """
        if name not in self._numbers:
            raise ReportError(f'figure "{name}" is not on this page; show it or drop the reference')
        return f'<a href="#figure-{name}">Figure\u00a0{self._numbers[name]}</a>'
