"""The setting of every part of the benchmark."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from vae_report.settings import RunSettings, load_settings
from vae_report.training.runs import DataPlace, load_once

if TYPE_CHECKING:
    from vae_report.data import Dataset

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Setting:
    """The repository and the data that are measured, and how thoroughly.

    Attributes:
        root: The root of the repository.
        data: The folder of the data set.
        quick: Whether to use few repetitions of small tasks.
    """

    root: Path
    data: Path
    quick: bool

    def choose(self, thorough: _Value, quick: _Value) -> _Value:
        """Return one of two values."""
        return quick if self.quick else thorough

    @cached_property
    def place(self) -> DataPlace:
        """The place of the images."""
        return DataPlace(load_settings(self.root / "report.toml").data, self.data)

    @property
    def dataset(self) -> "Dataset":
        """The images, loaded once in a process."""
        return load_once(self.place)


def run_settings(
    latent: int, hidden: tuple[int, ...], epochs: int, batch: int = 128, peak: float = 2e-3
) -> RunSettings:
    """Make settings of a VAE whose training is timed."""
    return RunSettings(
        model="vae",
        latent=latent,
        hidden=hidden,
        likelihood="bernoulli",
        beta=1.0,
        kl_warmup=0.0,
        epochs=epochs,
        batch_size=batch,
        learning_rate=peak,
        warmup=0.05,
        final_rate=1e-3,
        seed=0,
        snapshots=(),
    )
