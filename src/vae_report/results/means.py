"""The metrics of a run with several seeds as one record of means and intervals."""

from collections.abc import Mapping, Sequence
from typing import Any

from vae_report.results.metrics import Interval, Values
from vae_report.results.uncertainty import interval_of_seeds


def mean_metrics(replicates: Sequence[Values]) -> Values:
    """Average what is measured of one run over its seeds.

    An interval covers the seeds and, if those of the replicates cover images, the images as well
    (`vae_report.results.uncertainty.interval_of_seeds`). A run that diverged with one seed has no
    means, since those of the other seeds alone would flatter it.

    Args:
        replicates: The metrics of runs that differ only in their seeds.
    """
    seeds = tuple(seed for each in replicates for seed in each.seeds)
    diverged = [each for each in replicates if each.diverged]
    if len(replicates) == 1 or diverged:
        return Values((diverged or replicates)[0], seeds=seeds)
    intervals = {
        name: interval_of_seeds(
            [each.test[name] for each in replicates], [each.intervals[name] for each in replicates]
        )
        for name in replicates[0].intervals
    }
    return Values(_mean(replicates), intervals=Values(intervals), seeds=seeds)


def mean_baselines(judges: Sequence[Values]) -> Values:
    """Average what samples are compared with over the seeds of the judge, as `mean_metrics`."""
    return Values(_mean(judges))


def _mean(values: Sequence[Any]) -> Any:  # noqa: ANN401  # whatever a record holds
    """Average nested values over seeds; seeds that lack a value are left out of its mean."""
    present = [value for value in values if value is not None]
    if len(present) < 2:
        return present[0] if present else None
    first = present[0]
    if isinstance(first, dict):
        entries = {key: [each[key] for each in present] for key in first}
        return Values({key: _interval(key, entries) or _mean(entries[key]) for key in entries})
    if isinstance(first, list | tuple):
        return [_mean(entries) for entries in zip(*present, strict=True)]
    if isinstance(first, str | bool) or len(set(present)) == 1:
        return first
    return sum(present) / len(present)


def _interval(key: str, entries: Mapping[str, Sequence[Any]]) -> Interval | None:
    """Average the interval of a value, which `vae_report.results.metrics.record` names."""
    stem, _, ending = key.rpartition("_")
    owners = [name for name in entries if name != key and f"{name}_".startswith(f"{stem}_")]
    if ending != "interval" or not owners or None in (values := entries[min(owners, key=len)]):
        return None
    known = [ends or (value, value) for ends, value in zip(entries[key], values, strict=True)]
    return interval_of_seeds(values, known)
