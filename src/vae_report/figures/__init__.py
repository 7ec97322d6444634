"""Figures, each a function of the results, drawn for light and for dark pages.

A new figure is a function under `@figure` in a module of `report.figures`.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from matplotlib import style
from pydantic import BaseModel, ConfigDict

from vae_report.engine.files import write_bytes
from vae_report.figures.drawing import Drawing, figure
from vae_report.figures.themes import THEMES, css_pixels
from vae_report.registry import found, load
from vae_report.results import Results, RunResult

__all__ = [
    "THEMES",
    "Drawing",
    "FigureEntry",
    "draw",
    "draw_for_both_themes",
    "figure",
]


_SAVING: dict[str, dict[str, Any]] = {
    "svg": {"metadata": {"Date": None, "Creator": None}},
    "webp": {"pil_kwargs": {"lossless": True}},  # half the bytes of the same pixels as PNG
}


class FigureEntry(BaseModel):
    """What a page must know to show a figure.

    Attributes:
        light: file name of the variant for light pages.
        dark: file name of the variant for dark pages.
        width: CSS pixels.
        height: CSS pixels.
        alt: what is seen, in words and numbers.
        data: file name of what is plotted, as CSV; none where that is images.
        runs: names of the runs that it shows, in the report's order.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    light: str
    dark: str
    width: int
    height: int
    alt: str
    data: str | None
    runs: tuple[str, ...] = ()


def draw(name: str, results: Results, folder: Path) -> FigureEntry:
    """Draw one figure for both themes; the same results give the same bytes.

    Args:
        name: The name of a function under `@figure`.
        results: of the finished runs.
        folder: where the files go; made if it is not there.

    Raises:
        NotMeasured: the profile leaves out what the figure would show.
        ReportError: the folder cannot be written.
    """
    shown: set[str] = set()
    watched = {
        run: cast(RunResult, _Watched(result, partial(shown.add, run)))
        for run, result in results.runs.items()
    }
    made_of = replace(results, runs=watched)
    function = load(found("figure", "figures")[name])
    entry = draw_for_both_themes(name, lambda: function(made_of), folder)
    return entry.model_copy(update={"runs": tuple(run for run in watched if run in shown)})


def draw_for_both_themes(name: str, make: Callable[[], Drawing], folder: Path) -> FigureEntry:
    """Draw for both themes what a function makes in the one in force; otherwise as `draw`."""
    variants = {}
    for theme, settings in THEMES.items():
        # Started from Matplotlib's defaults, lest a user's own settings show in the report.
        with style.context([settings, {"svg.hashsalt": name}], after_reset=True):
            drawing = make()
            suffix = "svg" if drawing.vector else "webp"
            content = BytesIO()
            drawing.figure.savefig(content, format=suffix, **_SAVING[suffix])
        variants[theme] = f"{name}.{theme}.{suffix}"
        write_bytes(folder / variants[theme], content.getvalue())
    table = None
    if drawing.data is not None:
        table = f"{name}.csv"
        text = drawing.data.to_csv(index=False, float_format="%.6g", lineterminator="\n")
        write_bytes(folder / table, text.encode())
    width, height = (round(css_pixels(72 * side)) for side in drawing.figure.get_size_inches())
    return FigureEntry(**variants, width=width, height=height, alt=drawing.alt, data=table)


class _Watched:
    """A run, or its metrics, that tells when what was measured of it is read.

    What a figure chooses its runs by does not count: their names, settings, and which diverged.

    Args:
        record: whose attributes are read.
        tell: called when something that a figure could show is read.
    """

    def __init__(self, record: object, tell: Callable[[], None]) -> None:
        self._record = record
        self._tell = tell

    def __getattr__(self, name: str) -> object:
        value = getattr(self._record, name)
        if name == "metrics":
            return _Watched(value, self._tell)
        if name not in ("name", "settings", "diverged"):
            self._tell()
        return value
