"""Which runs a claim compares, and how far the comparison could have come out otherwise."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from vae_report.claims.claim import Effect
from vae_report.metrics import SampleQuality
from vae_report.results import NotMeasured, Results, RunResult
from vae_report.uncertainty import percentile_interval, resampled_weights

Values = NDArray[np.float64]

OVER_IMAGES = "95 % bootstrap interval over test images"
PAIRED = f"{OVER_IMAGES}, paired"
OVER_LINES = "95 % bootstrap interval over lines, paired"
OVER_SAMPLES = "95 % bootstrap interval over samples"
COMBINED = f"{OVER_SAMPLES} of each, the far ends combined"


def repeated(results: Results, **settings: object) -> list[RunResult]:
    """List headline runs with certain settings and their repetitions with other seeds.

    A profile that repeats nothing has the headline runs alone.

    Raises:
        NotMeasured: this profile has none of them.
    """
    try:
        return results.members("seeds", **settings)
    except NotMeasured:
        return results.main_runs(**settings)


def pairs(
    results: Results, setting: str, one: object, other: object, **settings: object
) -> list[tuple[RunResult, RunResult]]:
    """List the pairs of runs that differ in one setting alone.

    Args:
        results: of all runs.
        setting: in which they differ.
        one: its value for the first of each pair.
        other: its value for the second.
        settings: that both have.

    Raises:
        NotMeasured: this profile has none of them.
    """

    def by_rest(value: object) -> dict[str, RunResult]:
        return {
            run.settings.model_dump_json(exclude={setting}): run
            for run in results.runs.values()
            if getattr(run.settings, setting) == value
            and all(getattr(run.settings, key) == kept for key, kept in settings.items())
        }

    firsts, seconds = by_rest(one), by_rest(other)
    found = [(run, seconds[rest]) for rest, run in firsts.items() if rest in seconds]
    if not found:
        raise NotMeasured(
            f"no two runs differ only in {setting}, {one} and {other}, in this profile"
        )
    return found


def values(run: RunResult, array: str) -> Values:
    """Return an array of a run, as numbers to calculate with.

    Raises:
        NotMeasured: the run has no such array.
    """
    if array not in run.arrays:
        raise _lack(run, array)
    return run.arrays[array].astype(np.float64)


def samples_of(run: RunResult) -> SampleQuality:
    """Return how good the samples of a run are.

    Raises:
        NotMeasured: that was not measured.
    """
    if run.metrics.samples is None:
        raise _lack(run, "samples")
    return run.metrics.samples


def in_classes(results: Results, names: Sequence[str]) -> NDArray[np.bool_]:
    """Mark classes among all: (C,).

    Raises:
        NotMeasured: the data set has no class of one of these names.
    """
    for name in names:
        if name not in results.classes:
            raise NotMeasured(f'the data set has no class "{name}"')
    return np.isin(results.classes, names)


def of_means(
    statistic: Callable[[Values], Values],
    columns: Sequence[Values],
    runs: Sequence[RunResult],
    uncertainty: str,
) -> Effect:
    """Bootstrap a function of means (Efron 1979, doi:10.1214/aos/1176344552).

    All columns are resampled together, so that what is compared stays paired.

    Args:
        statistic: of (..., K) means; returns (...).
        columns: K of (N,).
        runs: that they are of.
        uncertainty: over what they are resampled.
    """
    table = np.stack(columns, axis=-1)
    # What is not finite shows where the effect is weighed.
    with np.errstate(divide="ignore", invalid="ignore"):
        replicates = statistic(resampled_weights(len(table)) @ table)
        estimate = statistic(table.mean(axis=0))
    return Effect(float(estimate), percentile_interval(replicates), names(runs), uncertainty)


def mean(run: RunResult, array: str, uncertainty: str = OVER_IMAGES) -> Effect:
    """Average an array of one run."""
    return of_means(lambda means: means[..., 0], [values(run, array)], [run], uncertainty)


def difference(run: RunResult, other: RunResult, array: str, uncertainty: str = PAIRED) -> Effect:
    """Subtract the mean of the second run from that of the first."""
    paired = values(run, array) - values(other, array)
    return of_means(lambda means: means[..., 0], [paired], [run, other], uncertainty)


def ratio(run: RunResult, other: RunResult, array: str) -> Effect:
    """Divide the mean over test images of the first run by that of the second."""
    columns = [values(run, array), values(other, array)]
    return of_means(lambda means: means[..., 0] / means[..., 1], columns, [run, other], PAIRED)


def difference_of_groups(
    run: RunResult, array: Values, group: NDArray[np.bool_], rest: NDArray[np.bool_]
) -> Effect:
    """Subtract the mean over some classes from the mean over others.

    Args:
        run: that is measured.
        array: (T,), an entry a test image.
        group: (C,), the classes whose mean comes first.
        rest: (C,), those whose mean is taken from it.
    """
    labels = run.arrays["test_labels"]
    first, second = group[labels].astype(np.float64), rest[labels].astype(np.float64)
    return of_means(
        lambda means: means[..., 0] / means[..., 1] - means[..., 2] / means[..., 3],
        [array * first, first, array * second, second],
        [run],
        OVER_IMAGES,
    )


def frechet_ratio(
    quality: SampleQuality, other: SampleQuality, runs: Sequence[RunResult]
) -> Effect:
    """Divide the Fréchet distance of some samples by that of others."""
    low, high = quality.frechet_interval
    other_low, other_high = other.frechet_interval
    interval = low / other_high, high / other_low
    return Effect(quality.frechet / other.frechet, interval, names(runs), COMBINED)


def recognised_beyond_noise(results: Results, run: RunResult) -> Effect:
    """Subtract from the share of samples that are recognised the share of noise that is."""
    quality, noise = samples_of(run), results.baselines.samples["noise"]
    low, high = quality.recognised_interval
    noise_low, noise_high = noise.recognised_interval
    interval = low - noise_high, high - noise_low
    return Effect(quality.recognised - noise.recognised, interval, names([run]), COMBINED)


def names(runs: Sequence[RunResult]) -> tuple[str, ...]:
    """List the names of runs."""
    return tuple(run.name for run in runs)


def _lack(run: RunResult, what: str) -> NotMeasured:
    why = "diverged" if run.metrics.diverged else f"has no {what}"
    return NotMeasured(f'the run "{run.name}" {why} in this profile')
