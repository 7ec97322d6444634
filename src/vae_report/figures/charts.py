"""The common parts of charts of lines and points."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from vae_report.figures.themes import css_pixels, legend_columns, text_width

_LABEL_SIZE = 12
_DIRECTIONS = ((0, 1), (1, 0), (-1, 0), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
_DISTANCES = (8, 14, 24, 36, 52)  # in CSS pixels
_FAR = 24  # from here on, a line leads from the label to its point


def legend_above(drawn: Figure, panel: Axes, title: str | None = None) -> None:
    """Name the lines of one panel above all of them."""
    handles, names = panel.get_legend_handles_labels()
    drawn.legend(
        handles, names, title=title, loc="outside upper center", ncols=legend_columns(names)
    )


def count_from_one(panel: Axes, last: int) -> None:
    """Tick the horizontal axis at whole numbers, the first and not the zeroth among them."""
    ticks = MaxNLocator(5, integer=True).tick_values(1, last)
    panel.set_xticks(sorted({1, *(int(tick) for tick in ticks if 1 < tick <= last)}))


def tick_values(panel: Axes, values: Sequence[float]) -> None:
    """Space the horizontal axis by the logarithm of the values, and tick it at each of them."""
    panel.set_xscale("log", base=2)
    panel.set_xticks(values, [plain(value) for value in values])
    panel.xaxis.set_minor_locator(NullLocator())


def plain(value: float, _position: float | None = None) -> str:
    """Write a number without an exponent and without idle zeros; also as a formatter of ticks."""
    return str(np.format_float_positional(value, precision=6, trim="-"))


def label_points(panel: Axes, points: NDArray[np.float64], texts: Sequence[str]) -> None:
    """Write a text beside each point, in the place where it covers the least.

    Lines and points must have been drawn and limits set before, since texts avoid them.

    Args:
        panel: The axes of the points.
        points: The points, (N, 2), in the units of the axes.
        texts: The N texts.
    """
    drawn = panel.get_figure(root=True)
    assert drawn is not None
    drawn.draw_without_rendering()  # the layout places the axes
    scale = css_pixels(72) / drawn.dpi  # CSS pixels a dot
    anchors = panel.transData.transform(points) * scale
    room = _Room(Bbox(panel.bbox.get_points() * scale), anchors, _ink(panel) * scale)
    for anchor, point, text in zip(anchors, points, texts, strict=True):
        size = np.array([text_width(text, _LABEL_SIZE), css_pixels(_LABEL_SIZE)])
        offset = room.take(anchor, size)
        far = np.any(np.abs(offset) - size / 2 >= _FAR)
        panel.annotate(
            text,
            point,
            tuple(offset / css_pixels(1)),
            textcoords="offset points",
            ha="center",
            va="center",
            size=_LABEL_SIZE,
            arrowprops={"arrowstyle": "-", "color": "C7", "linewidth": 0.8} if far else None,
        ).set_in_layout(False)


class _Room:
    """The room for texts, in CSS pixels.

    Args:
        inside: The box that texts must not leave.
        anchors: The points of the texts, (N, 2).
        ink: The points that texts should not cover, (M, 2).
    """

    def __init__(
        self, inside: Bbox, anchors: NDArray[np.float64], ink: NDArray[np.float64]
    ) -> None:
        self._inside = inside
        self._anchors = anchors
        self._ink = ink
        self._taken: list[Bbox] = []

    def take(self, anchor: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.float64]:
        """Find the place near a point for a text of a size; return its centre's offset."""
        offsets = [
            np.array(direction) * (distance + size / 2)
            for distance in _DISTANCES
            for direction in _DIRECTIONS
        ]
        best = min(offsets, key=lambda offset: self._cost(anchor, offset, size))
        self._taken.append(_box(anchor + best, size))
        return best

    def _cost(
        self,
        anchor: NDArray[np.float64],
        offset: NDArray[np.float64],
        size: NDArray[np.float64],
    ) -> float:
        box = _box(anchor + offset, size)
        away = float(np.hypot(*offset))
        low, high = box.padded(3).get_points()
        nearer = np.hypot(*(self._anchors - anchor - offset).T) < 0.9 * away
        return (
            1000 * box.count_overlaps(self._taken)
            + 100 * sum(not self._inside.contains(*corner) for corner in box.corners())
            + 50 * _within(self._anchors, low, high)
            + 20 * int(nearer.any())
            + 2 * _within(self._ink, low, high)
            + away / 2
        )


def _within(
    points: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> int:
    return int(np.all((points > low) & (points < high), axis=1).sum())


def _box(centre: NDArray[np.float64], size: NDArray[np.float64]) -> Bbox:
    return Bbox([centre - size / 2, centre + size / 2])


def _ink(panel: Axes) -> NDArray[np.float64]:
    """Sample the positions of lines and points, in dots."""
    paths = [line.get_transform().transform_path(line.get_path()) for line in panel.lines]
    return np.concatenate([path.interpolated(40).vertices for path in paths])
