"""Figures: each is a function of the results, drawn for light and for dark pages.

A new figure is a function under `@figure` in a module of `report.figures`.
"""

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

from matplotlib import style
from pydantic import BaseModel, ConfigDict

from vae_report.engine.files import json_bytes
from vae_report.engine.store import Files
from vae_report.figures.drawing import Drawing, figure
from vae_report.figures.themes import THEMES, css_pixels
from vae_report.registry import found, load
from vae_report.results import Diverged, NotMeasured, Results

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
    """The description of a figure for pages.

    Attributes:
        light: The file name of the variant for light pages.
        dark: The file name of the variant for dark pages.
        width: The width in CSS pixels.
        height: The height in CSS pixels.
        alt: The alternative text: what is seen, in words and numbers.
        data: The file name of what is plotted, as CSV; none for images.
        runs: The names of the runs that it shows, in the report's order.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    light: str
    dark: str
    width: int
    height: int
    alt: str
    data: str | None
    runs: tuple[str, ...] = ()


def draw(name: str, results: Results) -> Files:
    """Draw one figure for both themes; the same results give the same bytes.

    Args:
        name: The name of a function under `@figure`.
        results: The results of the finished runs.

    Returns:
        The files of `draw_for_both_themes`, or only `<name>.json` with the reason if the profile
        leaves out runs that the figure shows.
    """
    function = load(found("figure", "figures")[name])
    try:
        return draw_for_both_themes(name, lambda: function(results), list(results.runs))
    except NotMeasured as reason:
        why = "diverged" if isinstance(reason, Diverged) else "not_measured"
        return {f"{name}.json": json_bytes({why: str(reason)})}


def draw_for_both_themes(name: str, make: Callable[[], Drawing], runs: Sequence[str] = ()) -> Files:
    """Draw a figure for both themes.

    Args:
        name: The name of the figure.
        make: A function that makes the drawing in the theme in force.
        runs: The names of all runs, in the report's order.

    Returns:
        The files of the two variants, the table of what is plotted if there is one, and
        `<name>.json`, the `FigureEntry` for pages.

    Raises:
        NotMeasured: The profile leaves out what the figure would show.
    """
    files: dict[str, bytes] = {}
    variants = {}
    for theme, settings in THEMES.items():
        # Based on Matplotlib's defaults, so that a user's settings do not change the report.
        with style.context([settings, {"svg.hashsalt": name}], after_reset=True):
            drawing = make()
            suffix = "svg" if drawing.vector else "webp"
            content = BytesIO()
            drawing.figure.savefig(content, format=suffix, **_SAVING[suffix])
        variants[theme] = f"{name}.{theme}.{suffix}"
        files[variants[theme]] = content.getvalue()
    table = None
    if drawing.data is not None:
        table = f"{name}.csv"
        text = drawing.data.to_csv(index=False, float_format="%.6g", lineterminator="\n")
        files[table] = text.encode()
    width, height = (round(css_pixels(72 * side)) for side in drawing.figure.get_size_inches())
    shown = {run.name for run in drawing.runs}
    entry = FigureEntry(
        **variants,
        width=width,
        height=height,
        alt=drawing.alt,
        data=table,
        runs=tuple(run for run in runs if run in shown),
    )
    return {**files, f"{name}.json": entry.model_dump_json(indent=1).encode()}
