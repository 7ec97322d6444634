"""The uncertainty of measurements over seeds and over images, without torch.

Both training and images change what is measured. Training is sampled by few seeds, so its share
has few degrees of freedom; images are sampled by thousands and resampled by the bootstrap (Efron
1979, doi:10.1214/aos/1176344552). The two are crossed: every seed is measured on the same images.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vae_report.results.metrics import Interval

RESAMPLES = 1000
LEVEL = 0.95

Resampled = Literal["images", "samples", "noise", "lines"]
"""The kind of what is drawn with replacement; kinds are drawn independently of each other."""


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds, and its uncertainty due to seeds and images.

    Attributes:
        value: The mean.
        seed_error: The standard error due to training, beyond what images explain.
        image_error: The standard error due to images.
        deviation: The standard deviation between seeds.
        seeds: The number S of seeds, at least two.
        limits: The limits between which every value lies.
    """

    value: float
    seed_error: float
    image_error: float
    deviation: float
    seeds: int
    limits: Interval = (-math.inf, math.inf)

    @classmethod
    def of(
        cls,
        values: Sequence[float],
        resampled: Sequence[NDArray[np.float64]] = (),
        resolution: float = 0.0,
        limits: Interval = (-math.inf, math.inf),
    ) -> "Estimate":
        """Estimate from one value per seed and, for each, its values on resampled images.

        The variance of the resampled means over seeds is that of images. It includes a part of the
        interaction (images that are hard for one seed alone), and so does the spread between
        seeds. The interaction is separated as in a two-way layout, and counted once (Owen 2007,
        arXiv:0712.1111).

        Args:
            values: The values of S seeds, at least two.
            resampled: The values of each seed on the same resamples, (B,); none if the value
                averages no images.
            resolution: The smallest step of the value, such as one of L dimensions, or 1 for an
                event. Rounding to it hides a variance of a twelfth of its square (JCGM 100:2008,
                F.2.2.1).
            limits: The limits between which every value lies.
        """
        count = len(values)
        deviation = math.sqrt(np.var(values, ddof=1) + resolution**2 / 12)
        images = interaction = 0.0
        if resampled:
            table = np.stack(resampled)
            images = float(np.var(table.mean(axis=0)))
            interaction = max(0.0, float(np.var(table, axis=1).mean()) - images) / (count - 1)
        return cls(
            value=float(np.mean(values)),
            seed_error=math.sqrt(max(0.0, deviation**2 / count - interaction)),
            image_error=math.sqrt(images),
            deviation=deviation,
            seeds=count,
            limits=limits,
        )

    def half_width(self, level: float = LEVEL) -> float:
        """Return half the width of the interval of a level.

        Each standard error is multiplied by the quantile of its own distribution, Student's with
        S - 1 degrees of freedom for seeds and the normal one for images, and the squares of the two
        are added (Zou and Donner 2008, doi:10.1002/sim.3095).
        """
        from scipy.special import ndtri, stdtrit

        tail = (1 + level) / 2
        return math.hypot(
            float(stdtrit(self.seeds - 1, tail)) * self.seed_error,
            float(ndtri(tail)) * self.image_error,
        )

    def interval(self, level: float = LEVEL) -> Interval:
        """Return the ends of the interval of a level, cut at the limits of the values."""
        reach = self.half_width(level)
        lower, upper = self.limits
        return max(lower, self.value - reach), min(upper, self.value + reach)

    def p_value(self, threshold: float) -> float:
        """Return the two-sided p-value: 1 less the level of the interval ending at a threshold."""
        from scipy.optimize import brentq

        distance = abs(self.value - threshold)
        if not distance:
            return 1.0

        def beyond(exponent: float) -> float:
            return self.half_width(1 - 10**exponent) - distance

        return 10 ** float(brentq(beyond, _LEAST, 0.0)) if beyond(_LEAST) > 0 else 10**_LEAST


_LEAST = -15.0
"""The exponent of the smallest p-value: below it, floating point cannot tell a level from 1."""


def interval_of_seeds(values: Sequence[float], intervals: Sequence[Interval]) -> Interval:
    """Widen intervals over images, one per seed, to one that covers seeds as well.

    Tables and figures use it, since they keep no resamples. The images' share of the variance is
    taken to be common to all seeds, so the interval is never narrower than that of a claim.

    Args:
        values: The values of S seeds, at least two.
        intervals: The interval of each value at the level `LEVEL`.
    """
    from scipy.special import ndtri

    quantile = float(ndtri((1 + LEVEL) / 2))
    errors = [(upper - lower) / 2 / quantile for lower, upper in intervals]
    deviation = float(np.std(values, ddof=1))
    images = math.sqrt(np.mean(np.square(errors)))
    mean, error = float(np.mean(values)), deviation / math.sqrt(len(values))
    return Estimate(mean, error, images, deviation, len(values)).interval()


def mean_interval(values: NDArray[np.generic], of: Resampled = "images") -> Interval:
    """Bootstrap the mean of values, for one seed.

    Args:
        values: The values of N images, (N,).
        of: The kind of the values.

    Returns:
        The ends of the 95 % percentile interval.
    """
    return percentile_interval(resampled_weights(len(values), of) @ values.astype(np.float64))


def percentile_interval(replicates: NDArray[np.floating]) -> Interval:
    """Return the ends of the middle 95 % of (B,) bootstrap replicates."""
    lower, upper = np.quantile(replicates, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(lower), float(upper)


def resampled_weights(
    count: int, of: Resampled = "images", resamples: int = RESAMPLES
) -> NDArray[np.float64]:
    """Draw with replacement, identically for one count and kind, so that pairs stay paired.

    Args:
        count: The number N of values that are resampled.
        of: The kind of the values.
        resamples: The number B of resamples.

    Returns:
        The weight of each value in the mean of each resample, (B, N); rows sum to 1.
    """
    return _weights(count, of, resamples)


@lru_cache(maxsize=8)
def _weights(count: int, of: str, resamples: int) -> NDArray[np.float64]:
    generator = np.random.default_rng(list(of.encode()))
    weights = np.empty((resamples, count))
    for row in weights:
        row[:] = np.bincount(generator.integers(count, size=count), minlength=count)
    weights /= count
    weights.flags.writeable = False
    return weights
