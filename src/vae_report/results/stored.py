"""Results as the store holds them, and how they are read."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from vae_report.results import JudgeResult, Replicate, Results, RunResult
from vae_report.results.metrics import Training, Values
from vae_report.settings import RunSettings

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True)
class ResultFolders:
    """The folders of the results: plain values, which travel to the process that loads them.

    Attributes:
        classes: The names of the classes.
        runs: The name of each run and, for each seed, its settings, its folder, and the folders
            of its measurements.
        headline: The names of the runs that most of the report is about.
        sweeps: The name and the runs of each sweep.
        judges: The seed of each judge, the folder of its classifier, and the folder of its
            measurements.
    """

    classes: tuple[str, ...]
    runs: tuple[tuple[str, tuple[tuple[RunSettings, Path, tuple[Path, ...]], ...]], ...]
    headline: tuple[str, ...]
    sweeps: tuple[tuple[str, tuple[str, ...]], ...]
    judges: tuple[tuple[int, Path, Path], ...]

    def load(self) -> Results:
        """Read all results, once in a process."""
        return _load(self)


@lru_cache(maxsize=1)
def _load(folders: ResultFolders) -> Results:
    from vae_report.results.means import mean_metrics

    runs = {}
    for name, stored in folders.runs:
        replicates = tuple(_load_replicate(name, *each) for each in stored)
        metrics = mean_metrics([each.metrics for each in replicates])
        runs[name] = RunResult(name, stored[0][0], metrics, replicates)
    return Results(
        folders.classes,
        runs,
        folders.headline,
        dict(folders.sweeps),
        {seed: _load_judge(*places) for seed, *places in folders.judges},
    )


def _load_judge(classifier: Path, baselines: Path) -> JudgeResult:
    history = load_history(classifier)
    trained = {"epochs": len(history), "seconds": history["seconds"].sum()}
    return JudgeResult(
        _merged(_values(baselines), Values(classifier=Values(trained))),
        _StoredArrays((baselines / _ARRAYS,)),
    )


def _load_replicate(
    name: str, settings: RunSettings, folder: Path, measurements: Sequence[Path]
) -> Replicate:
    history = load_history(folder)
    values = Values()
    for measurement in measurements:
        values = _merged(values, _values(measurement))
    model = json.loads((folder / "model.json").read_bytes())
    training = Training(
        **model,
        kind=settings.model,
        latent=settings.latent,
        likelihood=settings.likelihood,
        beta=settings.beta if model["variational"] else None,
        learning_rate=settings.learning_rate,
        seeds=(settings.seed,),
        epochs=len(history),
        seconds=history["seconds"].sum(),
        diverged=diverged(history),
    )
    metrics = Values(asdict(training), **values)
    files = (folder / "snapshots.safetensors", *(each / _ARRAYS for each in measurements))
    return Replicate(name, settings.seed, history, metrics, _StoredArrays(files))


def diverged(history: "pd.DataFrame") -> bool:
    """Tell whether a run's loss stopped being finite."""
    # An autoencoder has no KL, so only the present values must be finite.
    last = history.iloc[-1].dropna()
    losses = {"train_bce", "validation_bce", "validation_mean_decoded_loss"}
    return not (losses <= set(last.index) and all(map(math.isfinite, last)))


def load_history(folder: Path) -> "pd.DataFrame":
    """Read the history of a run, as `Replicate` describes it, from its folder."""
    import pandas as pd

    return pd.read_csv(folder / "history.csv")


def _values(folder: Path) -> Values:
    return Values(json.loads((folder / "values.json").read_bytes(), object_hook=Values))


def _merged(values: Values, others: Values) -> Values:
    """Merge nested values; a record that several measurements fill in has the entries of each."""
    merged = Values(values)
    for key, other in others.items():
        if merged.get(key) is None:
            merged[key] = other
        elif isinstance(other, Values):
            merged[key] = _merged(merged[key], other)
    return merged


class _StoredArrays(Mapping[str, "NDArray[np.generic]"]):
    """The arrays of several files, each read on use, since few figures need many."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files

    def __getitem__(self, name: str) -> "NDArray[np.generic]":
        from safetensors import safe_open

        with safe_open(self._places[name], framework="numpy") as file:
            array: NDArray[np.generic] = file.get_tensor(name)
        return array

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    @cached_property
    def _places(self) -> dict[str, Path]:
        from safetensors import safe_open

        places: dict[str, Path] = {}
        for path in self._files:
            with safe_open(path, framework="numpy") as file:
                places |= dict.fromkeys(file.keys(), path)
        return places


_ARRAYS = "arrays.safetensors"
