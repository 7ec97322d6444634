"""The comparisons of runs on which claims rest, and their uncertainty."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_report.claims.claim import Effect
from vae_report.results import NotMeasured, Replicate, Results, RunResult
from vae_report.results.metrics import Interval
from vae_report.results.uncertainty import Estimate, Resampled, resampled_weights

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Finding:
    """The finding of a comparison with one seed.

    Attributes:
        value: The value in the unit of the claim.
        resampled: The value on each resample of what it averages over, (B,); none if it averages
            no images.
    """

    value: float
    resampled: Values | None = None

    def __sub__(self, other: "Finding") -> "Finding":
        return Finding(self.value - other.value, self._resamples - other._resamples)

    def __truediv__(self, other: "Finding") -> "Finding":
        return Finding(self.value / other.value, self._resamples / other._resamples)

    @property
    def _resamples(self) -> Values:
        assert self.resampled is not None, "only what is resampled can be combined"
        return self.resampled


def over_seeds(
    runs: Sequence[RunResult],
    find: Callable[..., Finding],
    over: str = "test images",
    resolution: float = 0.0,
    limits: Interval = (-math.inf, math.inf),
) -> Effect:
    """Compare the replicates of runs seed by seed, and average the findings over seeds.

    Args:
        runs: The runs that are compared.
        find: A function of one replicate of each run, all of one seed.
        over: The words for what a finding averages over; empty if its values are not resampled.
        resolution: The smallest step of a finding.
        limits: The limits between which every finding lies.

    Raises:
        NotMeasured: The runs have fewer than two seeds in common, or something that is compared
            was not measured.
    """
    names = tuple(dict.fromkeys(run.name for run in runs))
    by_seed = [{each.seed: each for each in run.replicates} for run in runs]
    seeds = [seed for seed in by_seed[0] if all(seed in others for others in by_seed)]
    if len(seeds) < 2:
        raise NotMeasured(
            f"this profile trains {' and '.join(names)} with one seed, and an interval that covers "
            "training takes at least two"
        )
    # An effect that is not finite is refused where it is weighed.
    with np.errstate(divide="ignore", invalid="ignore"):
        found = [find(*(replicates[seed] for replicates in by_seed)) for seed in seeds]
        resampled = [each.resampled for each in found if each.resampled is not None]
        estimate = Estimate.of([each.value for each in found], resampled, resolution, limits)
    return Effect(estimate, names, over if resampled else "")


def pairs(
    results: Results, setting: str, one: object, other: object, **settings: object
) -> list[tuple[RunResult, RunResult]]:
    """List the pairs of runs that differ in only one setting.

    Runs that are trained with a single seed, such as those of the explorer, are left out.

    Args:
        results: The results of all runs.
        setting: The setting in which they differ.
        one: The setting's value for the first of each pair.
        other: The setting's value for the second.
        settings: The settings that both have.

    Raises:
        NotMeasured: This profile has none of them.
    """

    def by_rest(value: object) -> dict[str, RunResult]:
        return {
            run.settings.model_dump_json(exclude={setting, "seed"}): run
            for run in results.runs.values()
            if len(run.replicates) > 1
            and getattr(run.settings, setting) == value
            and all(getattr(run.settings, key) == kept for key, kept in settings.items())
        }

    firsts, seconds = by_rest(one), by_rest(other)
    found = [(run, seconds[rest]) for rest, run in firsts.items() if rest in seconds]
    if not found:
        raise NotMeasured(
            f"no two runs with several seeds differ only in {setting}, {one} and {other}, in this "
            "profile"
        )
    return found


def values(run: Replicate, array: str) -> Values:
    """Return an array of a run in double precision.

    Raises:
        NotMeasured: The run has no such array.
    """
    if array not in run.arrays:
        raise _lack(run, array)
    return run.arrays[array].astype(np.float64)


def in_classes(results: Results, names: Sequence[str]) -> NDArray[np.bool_]:
    """Return a mask, (C,), of some classes among all.

    Raises:
        NotMeasured: The data set has no class of one of these names.
    """
    for name in names:
        if name not in results.classes:
            raise NotMeasured(f'the data set has no class "{name}"')
    return np.isin(results.classes, names)


def of_means(
    statistic: Callable[[Values], Values], columns: Sequence[Values], of: Resampled = "images"
) -> Finding:
    """Resample a function of means.

    All columns are resampled together, so that what is compared stays paired.

    Args:
        statistic: A function from (..., K) means to (...) values.
        columns: The K columns, (N,) each.
        of: The kind of the rows.
    """
    table = np.stack(columns, axis=-1)
    resampled = statistic(resampled_weights(len(table), of) @ table)
    return Finding(float(statistic(table.mean(axis=0))), resampled)


def mean(run: RunResult, array: str) -> Effect:
    """Average an array of one run over test images."""
    return over_seeds([run], lambda each: of_means(only, [values(each, array)]))


def difference(run: RunResult, other: RunResult, array: str, of: Resampled = "images") -> Effect:
    """Subtract the mean of the second run from that of the first, on the same images or lines."""

    def find(one: Replicate, another: Replicate) -> Finding:
        return of_means(only, [values(one, array) - values(another, array)], of)

    return over_seeds([run, other], find, "lines" if of == "lines" else "test images")


def ratio(run: RunResult, other: RunResult, array: str) -> Effect:
    """Divide the mean over test images of the first run by that of the second."""

    def find(one: Replicate, another: Replicate) -> Finding:
        columns = [values(one, array), values(another, array)]
        return of_means(lambda means: means[..., 0] / means[..., 1], columns)

    return over_seeds([run, other], find)


def difference_of_groups(
    run: Replicate, array: Values, group: NDArray[np.bool_], rest: NDArray[np.bool_]
) -> Finding:
    """Subtract the mean over some classes from the mean over others.

    Args:
        run: The run that is measured.
        array: The measured array with one entry per test image, (T,).
        group: A mask, (C,), of the classes whose mean comes first.
        rest: A mask, (C,), of the classes whose mean is subtracted.
    """
    labels = run.arrays["test_labels"]
    first, second = group[labels].astype(np.float64), rest[labels].astype(np.float64)
    return of_means(
        lambda means: means[..., 0] / means[..., 1] - means[..., 2] / means[..., 3],
        [array * first, first, array * second, second],
    )


def frechet_ratio(run: RunResult, other: RunResult, mixture: bool = False) -> Effect:
    """Divide the Fréchet distance of one run's samples from real images by that of another's.

    Args:
        run: The run whose distance is divided.
        other: The run by whose distance it is divided.
        mixture: Whether the first run's samples come from its mixture.
    """

    def find(one: Replicate, another: Replicate) -> Finding:
        return _frechet(one, "mixture" if mixture else "sample") / _frechet(another, "sample")

    return over_seeds([run, other], find, "real and generated images")


def _frechet(run: Replicate, kind: str) -> Finding:
    quality = run.metrics.mixture_samples if kind == "mixture" else run.metrics.samples
    if quality is None:
        raise _lack(run, f"{kind} images")
    return Finding(quality.frechet, values(run, f"{kind}_frechet_resampled"))


def recognised_beyond_noise(results: Results, run: RunResult) -> Effect:
    """Subtract the share of noise that is recognised from the share of samples."""

    def find(each: Replicate) -> Finding:
        recognised = of_means(only, [values(each, "sample_recognised")], "samples")
        noise = results.judges[each.seed].arrays["noise_recognised"].astype(np.float64)
        return recognised - of_means(only, [noise], "noise")

    return over_seeds([run], find, "samples and noise")


def only(means: Values) -> Values:
    """Return the only mean."""
    mean: Values = means[..., 0]
    return mean


def _lack(run: Replicate, what: str) -> NotMeasured:
    why = "diverged" if run.metrics.diverged else f"has no {what}"
    return NotMeasured(f'the run "{run.name}" with seed {run.seed} {why} in this profile')
