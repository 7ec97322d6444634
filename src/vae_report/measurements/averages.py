"""What is measured of each image, averaged."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_report.results.uncertainty import mean_interval

PerImage = Mapping[str, NDArray[np.floating[Any]]]
"""Arrays with an entry an image, by the name of what is measured."""


def of_images(fields: type) -> dict[str, type]:
    """Name the records that `averaged` fills in, given the class of those of the splits."""
    return {"validation": fields, "test": fields, "intervals": dict, "per_class": dict}


def averaged(
    validation: PerImage, test: PerImage, labels: NDArray[np.uint8], by_class: Collection[str]
) -> dict[str, Any]:
    """Average over the images of each split and, of the test images, over those of each class.

    Args:
        validation: of the validation images.
        test: of the test images.
        labels: of the test images.
        by_class: names of what is averaged class by class as well.

    Returns:
        The averages of each split as `validation` and `test`; of those of `test`, and by the same
        names, 95 % intervals as `intervals` and averages of each class as `per_class`.
    """
    classes = [labels == label for label in np.unique(labels)]
    return {
        "validation": {name: _mean(values) for name, values in validation.items()},
        "test": {name: _mean(values) for name, values in test.items()},
        "intervals": {name: mean_interval(values) for name, values in test.items()},
        "per_class": {
            name: [_mean(test[name][members]) for members in classes] for name in by_class
        },
    }


def _mean(values: NDArray[np.floating[Any]]) -> float:
    return float(values.mean(dtype=np.float64))
