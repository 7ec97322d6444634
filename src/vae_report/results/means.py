"""What is measured of a run with several seeds, as one record: means, and intervals over both."""

from collections.abc import Sequence
from typing import Any

from vae_report.results.metrics import Baselines, Interval, RunMetrics
from vae_report.results.uncertainty import interval_of_seeds

_OWNERS = {"knn_interval": "knn_accuracy", "probe_interval": "probe_accuracy"}
"""What an interval is about, where its name does not say it."""


def mean_metrics(replicates: Sequence[RunMetrics]) -> RunMetrics:
    """Average what is measured of one run over its seeds.

    An interval covers the seeds and, where those of the replicates cover images, the images as
    well: `vae_report.results.uncertainty.interval_of_seeds`. A run that diverged with one seed has
    no means, since those of the other seeds alone would flatter it.

    Args:
        replicates: of runs that differ in their seed alone.
    """
    seeds = tuple(seed for each in replicates for seed in each.seeds)
    diverged = [each for each in replicates if each.diverged]
    if len(replicates) == 1 or diverged:
        return (diverged or list(replicates))[0].model_copy(update={"seeds": seeds})
    records = [each.model_dump(exclude={"seeds"}) for each in replicates]
    names = records[0]["intervals"]
    intervals = {
        name: interval_of_seeds(
            [record["test"][name] for record in records],
            [record["intervals"][name] for record in records],
        )
        for name in names
    }
    return RunMetrics(**{**_mean(records), "intervals": intervals, "seeds": seeds})


def mean_baselines(judges: Sequence[Baselines]) -> Baselines:
    """Average what samples are compared with over the seeds of the judge, as `mean_metrics`."""
    if len(judges) == 1:
        return judges[0]
    return Baselines(**_mean([judge.model_dump() for judge in judges]))


def _mean(values: Sequence[Any]) -> Any:  # noqa: ANN401  # whatever a record holds
    """Average nested values, one a seed; a value that only some seeds have is theirs."""
    present = [value for value in values if value is not None]
    if not present:
        return None
    first = present[0]
    if isinstance(first, dict):
        return {
            key: _interval(key, present)
            if key.endswith("interval")
            else _mean([value[key] for value in present])
            for key in first
        }
    if isinstance(first, tuple):
        return tuple(_mean(entries) for entries in zip(*present, strict=True))
    if isinstance(first, str | bool) or len(set(present)) == 1:
        return first
    return sum(present) / len(present)


def _interval(key: str, records: Sequence[dict[str, Any]]) -> Interval:
    owner = _OWNERS.get(key, key.removesuffix("_interval"))
    return interval_of_seeds(
        [record[owner] for record in records], [record[key] for record in records]
    )
