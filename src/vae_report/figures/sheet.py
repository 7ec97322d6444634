"""Sheets of small images, laid out so that each of their pixels covers whole device pixels."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import ceil, floor, isqrt

import numpy as np
from matplotlib import rcParams
from matplotlib.figure import Figure
from numpy.typing import NDArray

from vae_report.figures.themes import WIDTH, inches, text_width
from vae_report.results import Arrays

_GAP = 1  # the gap between images, in pixels of the mosaic
_SIDE = 28  # pixels a side in the mosaic, to about which smaller images are enlarged
_LINE, _PADDING, _PANEL_GAP = 30, 6, 20  # in CSS pixels


Images = NDArray[np.float64]


def images_of(arrays: Arrays, name: str) -> Images:
    """Read images in the precision in which they are compared."""
    return arrays[name].astype(np.float64)


@dataclass(frozen=True)
class Heading:
    """Text over columns, or beside rows, from `start` up to but not including `stop`."""

    text: str
    start: int
    stop: int


def one_each(texts: Sequence[str], after: int = 0) -> list[Heading]:
    """Make a heading with one text for each of consecutive columns, or rows."""
    return [Heading(text, index, index + 1) for index, text in enumerate(texts, after)]


@dataclass(frozen=True)
class Panel:
    """A table of images under and beside its headings.

    Attributes:
        images: The images, (rows, columns, pixels), in [0, 1]; cells of NaN stay empty.
        heads: The lines of headings over the columns, the outermost first.
        sides: The headings beside the rows.
        column_breaks: The columns before which the gap is wider.
        row_breaks: The rows before which the gap is wider.
        break_width: The width of that gap; other gaps have 1, and an image about 28.
    """

    images: Images
    heads: Sequence[Sequence[Heading]]
    sides: Sequence[Heading] = ()
    column_breaks: Collection[int] = ()
    row_breaks: Collection[int] = ()
    break_width: int = 6


class _Mosaic:
    """The images of a panel as one image, and their positions in it."""

    def __init__(self, panel: Panel) -> None:
        rows, columns, pixels = panel.images.shape
        side = isqrt(pixels)
        times = max(1, round(_SIDE / side))
        self.side = times * side
        self._break_width = panel.break_width
        self._tops = self._starts(rows, panel.row_breaks)
        self._lefts = self._starts(columns, panel.column_breaks)
        self.height = self._tops[-1] + self.side
        self.width = self._lefts[-1] + self.side
        self.pixels = np.full((self.height, self.width), np.nan)
        for row, top in enumerate(self._tops):
            for column, left in enumerate(self._lefts):
                image = panel.images[row, column].reshape(side, side)
                self.pixels[top : top + self.side, left : left + self.side] = image.repeat(
                    times, axis=0
                ).repeat(times, axis=1)

    def across(self, head: Heading) -> tuple[int, int]:
        """Return where the columns under a heading begin and end."""
        return self._lefts[head.start], self._lefts[head.stop - 1] + self.side

    def down(self, side: Heading) -> tuple[int, int]:
        """Return where the rows beside a heading begin and end."""
        return self._tops[side.start], self._tops[side.stop - 1] + self.side

    def _starts(self, count: int, breaks: Collection[int]) -> list[int]:
        return [
            index * (self.side + _GAP)
            + (self._break_width - _GAP) * sum(edge <= index for edge in breaks)
            for index in range(count)
        ]


def sheet(panels: Sequence[Panel]) -> Figure:
    """Stack panels from top to bottom, with images of up to 56 pixels a side, or their own number.

    A heading too long for its columns is set smaller.
    """
    size = rcParams["font.size"]
    mosaics = [_Mosaic(panel) for panel in panels]
    sides = [text_width(side.text, size) + _PADDING for panel in panels for side in panel.sides]
    left = ceil(max(sides, default=0))
    widest = max(mosaic.width for mosaic in mosaics)
    # Multiples of a half, which are whole device pixels on a screen of double density.
    largest = max(1, floor(4 * _SIDE / mosaics[0].side) / 2)
    scale = min(largest, max(0.5, floor(2 * (WIDTH - left) / widest) / 2))
    width = ceil(left + scale * widest)
    heads = sum(len(panel.heads) for panel in panels)
    height = ceil(
        _LINE * heads
        + scale * sum(mosaic.height for mosaic in mosaics)
        + _PANEL_GAP * (len(panels) - 1)
    )
    drawn = Figure(figsize=inches(width, height))
    top = 0.0
    for panel, mosaic in zip(panels, mosaics, strict=True):
        for line in panel.heads:
            for head in line:
                start, stop = (scale * edge for edge in mosaic.across(head))
                drawn.text(
                    (left + (start + stop) / 2) / width,
                    1 - (top + _LINE / 2) / height,
                    head.text,
                    size=size * min(1, (stop - start) / text_width(head.text, size)),
                    ha="center",
                    va="center",
                )
            top += _LINE
        for side in panel.sides:
            drawn.text(
                (left - _PADDING) / width,
                1 - (top + scale * sum(mosaic.down(side)) / 2) / height,
                side.text,
                ha="right",
                va="center",
            )
        bottom = top + scale * mosaic.height
        axes = drawn.add_axes(
            (
                left / width,
                1 - bottom / height,
                scale * mosaic.width / width,
                (bottom - top) / height,
            )
        )
        axes.imshow(mosaic.pixels, vmin=0, vmax=1, interpolation="nearest", aspect="auto")
        axes.set_axis_off()
        top = bottom + _PANEL_GAP
    return drawn
