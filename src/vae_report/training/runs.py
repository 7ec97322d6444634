"""Runs as values: a specification names a run, and training is a function from it to files."""

import json
from dataclasses import asdict, dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from vae_report.engine.fingerprint import Name
from vae_report.engine.store import Entry
from vae_report.models import model_named
from vae_report.registry import fingerprint
from vae_report.settings import ClassifierSettings, DataSettings, RunSettings, Settings

if TYPE_CHECKING:
    from vae_report.data import Dataset

_OWN = {"beta", "kl_warmup", "learning_rate", "warmup", "final_rate", "seed", "snapshots"}


_Trained = TypeVar("_Trained", RunSettings, ClassifierSettings)


@dataclass(frozen=True)
class RunSpec(Generic[_Trained]):
    """Everything that the weights of a run, or of the classifier, depend on.

    Attributes:
        settings: The settings of the run or the classifier.
        data: The digest of the data set's images.
        validation_fraction: The fraction of the training images that is held out.
        split_seed: The seed that chooses the images that are held out.
        code: The fingerprint of the code that trains.
    """

    settings: _Trained
    data: str
    validation_fraction: float
    split_seed: int
    code: str

    @property
    def entry(self) -> Entry:
        """The entry of the run in the store."""
        parts = {
            "settings": self.settings.model_dump_json(),
            "data": self.data,
            "split": f"{self.validation_fraction:g} by seed {self.split_seed}",
            "code": self.code,
        }
        return Entry(self.settings.title, parts)

    @property
    def key(self) -> str:
        """The run's name in the store."""
        return self.entry.key

    def to_json(self) -> str:
        """Write the specification down, always in the same order."""
        content = {**asdict(self), "settings": self.settings.model_dump()}
        return json.dumps(content, indent=1, sort_keys=True)


def shape(settings: RunSettings) -> tuple[object, ...]:
    """Return all settings except those in which stacked runs may differ."""
    return tuple(value for name, value in settings if name not in _OWN)


TIMED = RunSettings(
    model="vae",
    latent=16,
    hidden=(256, 128),
    likelihood="bernoulli",
    beta=1.0,
    kl_warmup=0.0,
    epochs=1,
    batch_size=64,
    learning_rate=1e-3,
    warmup=0.0,
    final_rate=1.0,
    seed=0,
    snapshots=(),
)
"""A run by which the speed of a machine is measured."""

TIMED_PIXELS = 784  # of each image that it is trained on


def work(settings: RunSettings | ClassifierSettings, images: int, pixels: int) -> float:
    """Estimate the seconds that training takes on one core of a reference machine.

    Args:
        settings: The settings of the run or the classifier.
        images: The number of training images.
        pixels: The number of pixels of an image.
    """
    if isinstance(settings, ClassifierSettings):
        an_image = _CLASSIFYING * pixels
    else:
        widths = (pixels, *settings.hidden, settings.latent)
        weights = sum(inputs * outputs for inputs, outputs in pairwise(widths))
        an_image = _A_STEP / settings.batch_size + _A_WEIGHT * weights
    return settings.epochs * images * an_image


# Seconds on one core of a Xeon: for each step; for each weight of the encoder and each image; for
# each pixel of an image, with the classifier of report.toml.
_A_STEP = 5e-4
_A_WEIGHT = 1.5e-10
_CLASSIFYING = 2.5e-7


def run_spec(settings: Settings, run: _Trained, data: str) -> RunSpec[_Trained]:
    """Return what a run's weights depend on.

    Args:
        settings: The settings of the report.
        run: One of its runs, or its classifier.
        data: The digest of the data set's images.

    Raises:
        ReportError: There is no such model.
    """
    if isinstance(run, ClassifierSettings):
        trained_by: tuple[Name, ...] = (Name("vae_report.stages.training", "train_classifier"),)
    else:
        trained_by = (Name("vae_report.stages.training", "train_runs"), model_named(run.model))
    # It does not matter where the images were found, since the digest shows that they are the same,
    # nor how the processor is described.
    place, processor = (
        Name("vae_report.data.sources", "locate"),
        Name("vae_report.training.devices", "describe_processor"),
    )
    code = fingerprint(trained_by, libraries=("numpy", "torch"), without=(place, processor))
    split = settings.data
    return RunSpec(run, data, split.validation_fraction, split.split_seed, code)


@dataclass(frozen=True)
class DataPlace:
    """The settings and the folder by which any process finds the images."""

    settings: DataSettings
    folder: Path


@cache
def load_once(place: DataPlace) -> "Dataset":
    """Load the data set, once for all the runs of a process."""
    from vae_report.data import load_dataset

    return load_dataset(place.settings, place.folder)
