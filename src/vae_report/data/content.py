"""The content of a data set, whatever file it came in."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

SIDES = range(8, 65)
"""The numbers of pixels that a side of a data set's images, which are square, may have."""


class Unfit(Exception):  # noqa: N818
    """Content that is not the data set; the message says why, and the caller adds where."""


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Images as rows of pixels, uint8 of shape (N, pixels), and their labels, uint8 (N,)."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    def in_canonical_order(self) -> Self:
        """Sort by image bytes, then label, so that every source gives the same order."""
        rows = np.column_stack([self.images, self.labels])
        order = rows.view(f"V{rows.shape[1]}").ravel().argsort()
        return self.take(order)

    def take(self, order: NDArray[np.intp]) -> Self:
        """Select the given rows, in the given order."""
        return type(self)(self.images[order], self.labels[order])
