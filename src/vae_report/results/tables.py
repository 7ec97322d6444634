"""What the pages take their numbers from: metrics and provenance, as JSON and CSV."""

import os
import platform
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from vae_report.engine.files import json_bytes
from vae_report.engine.store import Files
from vae_report.errors import ReportError
from vae_report.results import Results

_VERSIONS = ("torch", "numpy", "matplotlib", "mkdocs-material", "vae-report")


def metrics_files(results: Results) -> Files:
    """Return `metrics.json`, nested, and `metrics.csv`, a row a run: means over its seeds.

    The latter has the number of seeds. The former has what was measured with each seed as well, as
    `replicates` of the runs and `baseline_replicates` of the judge.
    """
    runs = {name: run.metrics.model_dump() for name, run in results.runs.items()}
    content = {
        "runs": runs,
        "replicates": {
            name: [each.metrics.model_dump() for each in run.replicates]
            for name, run in results.runs.items()
        },
        "headline": results.headline,
        "sweeps": results.sweeps,
        "baselines": results.baselines.model_dump(),
        "baseline_replicates": [judge.metrics.model_dump() for judge in results.judges.values()],
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
    """Flatten a run's metrics: a cell a number, two an interval; longer lists are left out."""
    for key, value in values.items():
        name = "_".join([*path, key])
        if isinstance(value, Mapping):
            yield from _cells(value, *path, key)
        elif not isinstance(value, tuple):
            yield name, value
        elif key.endswith("interval") or "intervals" in path:
            yield from zip((f"{name}_lower", f"{name}_upper"), value, strict=True)


def provenance(
    root: Path,
    profile: str,
    dataset: Mapping[str, Any],
    origins: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:
    """Say what a report is made from, with and on.

    Args:
        root: of the repository.
        profile: of the settings in force.
        dataset: name, digest and whether it is verified; not where it was found, which is no
            property of the report.
        origins: of each training, by its title, as the store keeps it.

    Returns:
        The content of `provenance.json`. `processors` lists those that trained, and `processors_of`
        that of each training where there are several.
    """
    processors = {
        title: f"{origin['processor']}, {origin['instructions']}"
        for title, origin in origins.items()
    }
    used = sorted(set(processors.values()))
    return {
        "commit": _git(root, "rev-parse", "HEAD") or None,
        "modified": bool(_git(root, "status", "--porcelain")),
        "date": datetime.fromtimestamp(source_date(root), UTC).date().isoformat(),
        "profile": profile,
        "device": ", ".join(sorted({origin["device"] for origin in origins.values()})),
        "processors": used,
        "processors_of": processors if len(used) > 1 else {},
        "data": dict(dataset),
        "versions": {
            "python": platform.python_version(),
            **{library: version(library) for library in _VERSIONS},
        },
    }


def source_date(root: Path) -> int:
    """The report's date, in seconds since 1970: `SOURCE_DATE_EPOCH`, else that of the commit.

    Raises:
        ReportError: `SOURCE_DATE_EPOCH` is no such number.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given and not given.isdecimal():
        raise ReportError(
            f"SOURCE_DATE_EPOCH={given}: not a number of seconds; correct or unset it."
        )
    return int(given or _git(root, "log", "-1", "--format=%ct") or 0)


def _git(root: Path, *arguments: str) -> str:
    """Ask git; a folder that is no clone, or a machine without git, has no answer."""
    try:
        return subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
