"""The statistics behind `make verify`: do two builds of one report differ more than seeds do?

Both builds measure on the same images, so what differs between them is training. Every number was
found several times, once a seed, and two builds are compared as two samples of such replicates.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

LEVEL = 0.95
"""The level of the intervals: honest builds have compatible numbers this often."""

FAR = 0.005
"""A number lies far away if even the 99.5 % interval of its difference excludes zero."""

_ERROR = 0.01  # how often a test of honest builds may fail
_ROUNDING = 1e-5  # relative difference between sums of single-precision numbers
_RESOLUTION = 1 / 12  # variance that rounding to whole numbers hides (JCGM 100:2008, F.2.2.1)


class Side(NamedTuple):
    """K numbers as one build found them.

    Attributes:
        mean: The means over replicates, (K,); NaN without replicates.
        variance: The variances of those means, (K,).
        freedom: The variances' degrees of freedom, (K,); infinite if only rounding is known.
        replicates: The numbers of replicates, (K,).
        half_width: The half-widths of Student's intervals, (K,); NaN below two replicates.
    """

    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    freedom: NDArray[np.float64]
    replicates: NDArray[np.int64]
    half_width: NDArray[np.float64]


def compare(
    here: NDArray[np.float64], published: NDArray[np.float64]
) -> tuple[Side, Side, NDArray[np.float64]]:
    """Compare numbers by their replicates, with Welch's test (Welch 1947, doi:10.2307/2332510).

    The degrees of freedom are Satterthwaite's (1946, doi:10.2307/3002019). If a number
    is whole in every replicate, the variance of rounding to whole numbers is added. Numbers that
    are equal except for rounding are compatible; without any spread, no others are.

    Args:
        here: The n replicates of K numbers, (K, n); NaN where a replicate is missing.
        published: The m replicates of the same numbers elsewhere, (K, m).

    Returns:
        Both sides, and the probability that honest builds differ at least so much, (K,); NaN if a
        side has fewer than two replicates. Numbers are compatible at a level of 95 % if it is at
        least 0.05.
    """
    both = np.concatenate([here, published], axis=1)
    whole = np.all(np.isnan(both) | (both == np.round(both)), axis=1)
    sides = [_side(replicates, whole) for replicates in (here, published)]
    mine, theirs = sides
    difference = np.abs(mine.mean - theirs.mean)
    scale = np.maximum(np.abs(mine.mean), np.abs(theirs.mean))
    variance = mine.variance + theirs.variance
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = sum(
            np.where(side.variance > 0, side.variance**2 / side.freedom, 0) for side in sides
        )
        freedom = np.where(parts > 0, variance**2 / parts, np.inf)
        welch = 2 * stdtr(freedom, -difference / np.sqrt(variance))
    probability = np.where(variance > 0, welch, 0)
    probability[difference <= _ROUNDING * scale] = 1
    probability[(mine.replicates < 2) | (theirs.replicates < 2)] = np.nan
    return mine, theirs, probability


def _side(replicates: NDArray[np.float64], whole: NDArray[np.bool_]) -> Side:
    known = ~np.isnan(replicates)
    count = known.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(known, replicates, 0).sum(axis=1) / count
        squares = np.where(known, (replicates - mean[:, None]) ** 2, 0).sum(axis=1)
        by_seeds = np.where(count > 1, squares / (count - 1) / count, 0)
        # The mean of equal numbers may differ from them in its last digit.
        by_seeds[squares <= count * (1e-12 * mean) ** 2] = 0
        variance = by_seeds + np.where(whole, _RESOLUTION, 0)
        freedom = np.where(by_seeds > 0, variance**2 / by_seeds**2 * (count - 1), np.inf)
    half_width = stdtrit(freedom, (1 + LEVEL) / 2) * np.sqrt(variance)
    return Side(mean, variance, freedom, count, np.where(count > 1, half_width, np.nan))


def too_few_compatible(shares: Sequence[float], counts: Sequence[int]) -> bool:
    """Tell whether runs have fewer compatible numbers than their intervals promise.

    The numbers of one run depend on each other, so a run is one observation: its share of
    compatible numbers. The mean of these shares is compared with 95 % by Student's one-sided test
    at 1 %. Shares of a few runs may be equal by chance; their spread is taken to be at least that
    of shares of independent numbers.

    Args:
        shares: The share of compatible numbers of each run.
        counts: The number of numbers of each run.

    Returns:
        Whether the share is too low; false for fewer than two runs, which show no spread.
    """
    if len(shares) < 2:
        return False
    least = np.sqrt(LEVEL * (1 - LEVEL) / np.mean(counts))
    error = max(float(np.std(shares, ddof=1)), float(least)) / np.sqrt(len(shares))
    return bool((np.mean(shares) - LEVEL) / error < stdtrit(len(shares) - 1, _ERROR))


def too_many_far(probabilities: NDArray[np.float64]) -> bool:
    """Tell whether more than half of some numbers lie far away from their counterparts.

    In honest builds, each number does so with a probability of 0.5 %. However much the numbers
    depend on each other, more than half do so with 1 % at most (Markov's inequality).

    Args:
        probabilities: The probabilities that `compare` returns, (K,), without NaN.
    """
    return bool(len(probabilities) and np.mean(probabilities < FAR) > FAR / _ERROR)
