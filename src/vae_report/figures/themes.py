"""The look of figures: two themes, between which functions that draw need not distinguish."""

from collections.abc import Collection, Mapping
from functools import cache
from math import ceil
from typing import Any

from cycler import cycler
from matplotlib import rcParams
from matplotlib.textpath import TextPath

from vae_report.colours import PALETTES, Palette

WIDTH = 688
"""The width of the text on a page of Material for MkDocs, in CSS pixels; no figure is wider."""

DENSITY = 2
"""The number of device pixels per CSS pixel, in figures made of pixels."""

_MARKERS = "os^DvPX<>*"
_CSS_PIXELS_AN_INCH = 96
_LEGEND_KEY = 60  # CSS pixels of a legend's symbol and the spaces about it


def inches(width: float, height: float) -> tuple[float, float]:
    """Convert the size of a figure from CSS pixels to inches."""
    return width / _CSS_PIXELS_AN_INCH, height / _CSS_PIXELS_AN_INCH


def css_pixels(points: float) -> float:
    """Convert a length from points to CSS pixels."""
    return points * _CSS_PIXELS_AN_INCH / 72


def marker(number: int) -> str:
    """Return the marker that distinguishes a line or class besides its colour, `C{number}`."""
    # Shifted by one when the ten colours begin again.
    return _MARKERS[(number + number // 10) % len(_MARKERS)]


@cache
def text_width(text: str, points: float) -> float:
    """Return the width in CSS pixels of a text of a size, with room for its smoothed edges."""
    return float(TextPath((0, 0), text, size=css_pixels(points)).get_extents().x1) + 2


def legend_columns(entries: Collection[str]) -> int:
    """Return how many columns of a legend fit into the width of a figure and fill rows evenly."""
    widest = max(text_width(entry, rcParams["legend.fontsize"]) for entry in entries)
    fitting = max(1, int(WIDTH / (widest + _LEGEND_KEY)))
    return ceil(len(entries) / ceil(len(entries) / fitting))


def _theme(palette: Palette, grey_map: str) -> dict[str, Any]:
    background, text, grid = palette.page["paper"], palette.text, palette.grid
    return {
        "axes.axisbelow": True,
        "axes.edgecolor": grid,
        "axes.facecolor": background,
        "axes.grid": True,
        "axes.labelcolor": text,
        "axes.labelsize": 14,
        "axes.prop_cycle": cycler(color=palette.classes),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlecolor": text,
        "axes.titlesize": 15,
        "axes.unicode_minus": True,
        "figure.constrained_layout.h_pad": 0.08,
        "figure.constrained_layout.w_pad": 0.12,
        "figure.dpi": _CSS_PIXELS_AN_INCH * DENSITY,
        "figure.edgecolor": background,
        "figure.facecolor": background,
        "figure.labelsize": 14,
        "font.family": "DejaVu Sans",  # comes with Matplotlib: the same letters on every machine
        "font.size": 14,
        "grid.color": grid,
        "image.cmap": grey_map,
        "legend.columnspacing": 1.2,
        "legend.fontsize": 13,
        "legend.frameon": False,
        "legend.handlelength": 1.5,
        "legend.handletextpad": 0.4,
        "legend.labelcolor": text,
        "lines.linewidth": 2,
        "lines.markersize": 6,
        "mathtext.fontset": "dejavusans",
        "savefig.dpi": "figure",
        "svg.fonttype": "path",
        "text.color": text,
        "text.hinting": "none",  # hinting would make small letters wider than their outlines
        "xtick.color": grid,
        "xtick.labelcolor": text,
        "xtick.labelsize": 13,
        "ytick.color": grid,
        "ytick.labelcolor": text,
        "ytick.labelsize": 13,
    }


# The data set's pixels are negatives, which the dark page shows. Items are dark on the light page,
# as they were photographed.
THEMES: Mapping[str, dict[str, Any]] = {
    "light": _theme(PALETTES["light"], "gray_r"),
    "dark": _theme(PALETTES["dark"], "gray"),
}
