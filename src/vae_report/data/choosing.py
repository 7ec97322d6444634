"""The images that represent their class wherever a few are shown."""

import numpy as np
from numpy.typing import NDArray


def first_of_each_class(labels: NDArray[np.uint8], count: int) -> NDArray[np.intp]:
    """Return the indices of the first `count` images of each class, in class order.

    Args:
        labels: The labels, (N,).
        count: The number of images per class; a class that has fewer gives all it has.

    Returns:
        Up to count × classes indices into `labels`.
    """
    return np.concatenate([np.flatnonzero(labels == label)[:count] for label in np.unique(labels)])
