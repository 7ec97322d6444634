"""The preparation of a cluster's worker for a job: it refuses other code and finds the data set.

The data set is found by the rules of the build in a folder of the worker's machine: that of its
`$VAE_REPORT_DATA`, else the folder that the build names if it exists there, else
`~/.cache/vae-report`. What had to be fetched is kept there.
"""

import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from vae_report.engine.dask import ClusterWorkers
from vae_report.engine.workers import Progress
from vae_report.errors import ReportError
from vae_report.registry import CODE
from vae_report.training.runs import DataPlace, load_once

# Read when the process imports this module, so that a worker that was not restarted, and has older
# code in memory than on its disk, is detected as well.
_CODE = CODE.fingerprint(CODE.everything(), libraries=("numpy", "pandas", "torch"))


def cluster_workers(scheduler: str | None, processes: int, progress: Progress) -> ClusterWorkers:
    """Connect to a cluster as `vae_report.engine.dask.ClusterWorkers` does."""
    return ClusterWorkers(scheduler, processes, partial(_prepared, _CODE), progress)


def _prepared(code: str, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    if code != _CODE:
        raise ReportError(
            "it runs another version of vae_report, Python, numpy, pandas or torch than this "
            "build; install the same there and restart it."
        )
    return tuple(_moved_here(argument) for argument in arguments)


def _moved_here(argument: Any) -> Any:  # noqa: ANN401
    """Replace the build's place of the data set by that of this machine, and load it."""
    if not isinstance(argument, DataPlace):
        return argument
    place = replace(argument, folder=_data_folder(argument.folder))
    from distributed import Lock

    # Otherwise processes that share a folder would all fetch what is missing at once.
    with Lock(f"vae-report {place.folder}"):
        load_once(place)
    return place


def _data_folder(of_the_build: Path) -> Path:
    if own := os.environ.get("VAE_REPORT_DATA"):
        return Path(own)
    return of_the_build if of_the_build.is_dir() else Path.home() / ".cache" / "vae-report"
