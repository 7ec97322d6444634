"""The numbers of the pages: the metrics of all runs, as JSON and CSV."""

from collections.abc import Iterator, Mapping
from typing import Any

from vae_report.engine.files import json_bytes
from vae_report.engine.store import Files
from vae_report.results import Results
from vae_report.results.metrics import Columns


def metrics_files(results: Results, columns: Mapping[str, Columns]) -> Files:
    """Return `metrics.json`, nested, and `metrics.csv`, with a row of means over seeds per run.

    The latter has the number of seeds. The former also has the values of each seed, as `replicates`
    of the runs and `baseline_replicates` of the judge, and how pages show each scalar.

    Args:
        results: The results of all runs.
        columns: The scalars of each record, by the record's name.
    """
    runs = {name: run.metrics for name, run in results.runs.items()}
    content = {
        "columns": columns,
        "runs": runs,
        "replicates": {
            name: [each.metrics for each in run.replicates] for name, run in results.runs.items()
        },
        "headline": results.headline,
        "sweeps": results.sweeps,
        "baselines": results.baselines,
        "baseline_replicates": [judge.metrics for judge in results.judges.values()],
    }
    import pandas as pd

    rows = ({"run": name, **run, "seeds": len(run["seeds"])} for name, run in runs.items())
    table = pd.DataFrame(dict(_cells(row)) for row in rows)
    table = table.dropna(axis="columns", how="all")
    return {
        "metrics.json": json_bytes(content),
        "metrics.csv": table.to_csv(index=False, lineterminator="\n").encode(),
    }


def _cells(values: Mapping[str, Any], *path: str) -> Iterator[tuple[str, object]]:
    """Flatten a run's metrics: one cell per number, two per interval; longer lists are left out."""
    for key, value in values.items():
        name = "_".join([*path, key])
        if isinstance(value, Mapping):
            yield from _cells(value, *path, key)
        elif not isinstance(value, list | tuple):
            yield name, value
        elif key.endswith("interval") or "intervals" in path:
            yield from zip((f"{name}_lower", f"{name}_upper"), value, strict=True)
