"""How far a mean could have come out otherwise: bootstrap intervals, without torch."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vae_report.metrics import Interval

RESAMPLES = 1000
_LEVEL = 0.95
_SEED = 0


def mean_interval(values: NDArray[np.generic]) -> Interval:
    """Bootstrap the mean of values (Efron 1979, doi:10.1214/aos/1176344552).

    The difference of two models on the same images is the mean of their differences: paired, it
    leaves out what makes some images harder than others for both.

    Args:
        values: (N,), one an image.

    Returns:
        The ends of the 95 % percentile interval.
    """
    replicates = resampled_weights(len(values)) @ values.astype(np.float64)
    return percentile_interval(replicates)


def percentile_interval(replicates: NDArray[np.floating]) -> Interval:
    """Return between which values the middle 95 % of (B,) bootstrap replicates lie."""
    lower, upper = np.quantile(replicates, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return float(lower), float(upper)


@lru_cache(maxsize=4)
def resampled_weights(count: int, resamples: int = RESAMPLES) -> NDArray[np.float64]:
    """Draw with replacement, always the same for one count, so that comparisons stay paired.

    Args:
        count: N of the values that are resampled.
        resamples: B.

    Returns:
        (B, N): the weight of each value in the mean of each resample; rows sum to 1.
    """
    generator = np.random.default_rng(_SEED)
    weights = np.empty((resamples, count))
    for row in weights:
        row[:] = np.bincount(generator.integers(count, size=count), minlength=count)
    weights /= count
    weights.flags.writeable = False
    return weights
