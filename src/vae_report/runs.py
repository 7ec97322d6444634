"""Runs as values: a specification names a run, and training is a function from it to files."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from rich.console import Console

from vae_report.code_version import code_version
from vae_report.config import DataSettings, RunSettings, Settings
from vae_report.data import Dataset, load_dataset
from vae_report.examples import examples_of_each_class

_TRAINING_MODULES = ("examples.py", "models.py", "objectives.py", "training.py")


@dataclass(frozen=True)
class RunSpec:
    """Everything that a run's weights follow from.

    Attributes:
        settings: of the run.
        data: digest of the data set's images.
        validation_fraction: of the training images that is held out,
        split_seed: and the seed that chooses them.
        code: version of the code that trains.
    """

    settings: RunSettings
    data: str
    validation_fraction: float
    split_seed: int
    code: str

    @property
    def key(self) -> str:
        """The run's name in the store: what it is, and the hash of all that it follows from."""
        digest = hashlib.sha256(self.to_json().encode()).hexdigest()[:16]
        return f"{self.settings.model}-{self.settings.latent}-{digest}"

    def to_json(self) -> str:
        """Write the specification down, always in the same order."""
        content = {**asdict(self), "settings": self.settings.model_dump()}
        return json.dumps(content, indent=1, sort_keys=True)


def run_specs(settings: Settings, data: str) -> dict[str, RunSpec]:
    """Name each run of a report by all that its weights follow from.

    Args:
        settings: of the report.
        data: digest of the data set's images.
    """
    code = code_version(_TRAINING_MODULES, libraries=("numpy", "torch"))
    split = settings.data
    return {
        name: RunSpec(run, data, split.validation_fraction, split.split_seed, code)
        for name, run in settings.runs.items()
    }


@dataclass(frozen=True)
class DataPlace:
    """Where a process finds the images: the same rules everywhere."""

    settings: DataSettings
    folder: Path


@cache
def load_once(place: DataPlace) -> Dataset:
    """Load the data set, once for all the runs of a process."""
    return load_dataset(place.settings, place.folder, Console(quiet=True))


def train_run(
    spec: RunSpec, place: DataPlace, device: str, after_epoch: Callable[[int], None]
) -> dict[str, bytes]:
    """Train a run.

    Args:
        spec: of the run.
        place: of the data set.
        device: as torch names it.
        after_epoch: told of each finished epoch, from 1.

    Returns:
        The contents of `spec.json`, `origin.json` (what it was trained on), `weights.safetensors`,
        `history.csv` and `snapshots.safetensors`.
    """
    import torch
    from safetensors.torch import save

    from vae_report.training import Images, train

    dataset = load_once(place)
    fixed = examples_of_each_class(dataset.validation_labels, 1)
    splits = dataset.train_images, dataset.validation_images, dataset.validation_images[fixed]
    images = Images(*(torch.from_numpy(split).to(device) for split in splits))
    trained = train(spec.settings, images, after_epoch)
    origin = {"device": device, "torch": version("torch")}
    return {
        "spec.json": spec.to_json().encode(),
        "origin.json": json.dumps(origin, indent=1).encode(),
        "weights.safetensors": save(trained.model.cpu().state_dict()),
        "history.csv": trained.history.to_csv(index=False, lineterminator="\n").encode(),
        "snapshots.safetensors": save(trained.snapshots),
    }
