"""What is measured of each image, averaged."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_report.results.uncertainty import mean_interval

PerImage = Mapping[str, NDArray[np.floating[Any]]]
"""Arrays with one entry per image, by the name of what is measured."""


def of_images(fields: type) -> dict[str, type]:
    """Name the records that `averaged` fills in; those of the splits are of the given class."""
    return {"validation": fields, "test": fields, "intervals": dict, "per_class": dict}


def averaged(
    validation: PerImage, test: PerImage, labels: NDArray[np.uint8], by_class: Collection[str]
) -> dict[str, Any]:
    """Average over the images of each split, and over the test images of each class.

    Args:
        validation: The measured arrays of the validation images.
        test: The measured arrays of the test images.
        labels: The labels of the test images.
        by_class: The names of what is averaged class by class as well.

    Returns:
        The averages of each split as `validation` and `test`. By the same names, `intervals` holds
        the 95 % intervals of the test images, and `per_class` their averages in each class.
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
