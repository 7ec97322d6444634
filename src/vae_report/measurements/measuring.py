"""Measurements of a finished run, each with its own name, so that it can be made alone.

A new measurement is a function under `@measurement`, in a module of `report.measurements`, with the
records that it fills in. The names of its parameters say what it depends on, besides its code and
the run: `judge`, `seed`, `headline`, `first`, and the settings of
`vae_report.settings.MeasurementSettings`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, is_dataclass
from functools import cached_property, partial
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ConfigDict, ValidationError, create_model
from safetensors.torch import load
from torch import Tensor

from vae_report.data import Dataset
from vae_report.errors import ReportError
from vae_report.models.autoencoders import AE, Code, as_pixels, make_model
from vae_report.models.objectives import CHUNK
from vae_report.settings import RunSettings

_REFERENCE = 10_000
_CHOICE = 0


@dataclass(frozen=True, eq=False)
class Subject:
    """What a measurement may use; what several of them need of the model is computed once.

    Attributes:
        model: The trained model, on the device that measures.
        images: The images of the splits `train`, `validation` and `test`, (N, pixels), uint8.
        labels: The labels of each split, (N,).
    """

    model: AE
    images: Mapping[str, Tensor]
    labels: Mapping[str, NDArray[np.uint8]]

    @classmethod
    def of(cls, model: AE, dataset: Dataset) -> Self:
        """Bring a data set to the device of a model."""
        device = next(model.parameters()).device
        splits = ("train", "validation", "test")
        images = {name: getattr(dataset, f"{name}_images") for name in splits}
        return cls(
            model,
            {name: torch.from_numpy(split).to(device) for name, split in images.items()},
            {name: getattr(dataset, f"{name}_labels") for name in splits},
        )

    @cached_property
    def validation_code(self) -> Code:
        """The validation images, encoded."""
        return encode(self.model, self.images["validation"])

    @cached_property
    def test_code(self) -> Code:
        """The test images, encoded."""
        return encode(self.model, self.images["test"])

    @cached_property
    def reference(self) -> NDArray[np.intp]:
        """Indices of at most 10,000 training images in random order, the same for all runs."""
        return choose(len(self.images["train"]), _REFERENCE)

    @cached_property
    def reference_code(self) -> Code:
        """The training images of `reference`, encoded."""
        images = self.images["train"]
        return encode(self.model, images[torch.from_numpy(self.reference).to(images.device)])

    @cached_property
    @torch.inference_mode()
    def test_reconstructions(self) -> Tensor:
        """(T, pixels) pixel values decoded from the means of the codes of the test images."""
        return reconstruct(self.model, self.test_code)


@dataclass(frozen=True)
class Measured:
    """What a measurement finds.

    Attributes:
        values: Records by the names that `measurement` was given, of their classes or as
            dictionaries; an absent one was not measured for this run. What several
            measurements find for one name is merged.
        arrays: Arrays of `vae_report.results.Replicate`.
    """

    values: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, NDArray[np.generic]] = field(default_factory=dict)


@dataclass(frozen=True)
class Measurement:
    """A function that measures, and the types of the records that it fills in by their names."""

    function: Callable[..., Measured]
    records: Mapping[str, Any]

    def __call__(self, *given: object, **named: object) -> Measured:
        """Measure, and return all records in a form for JSON; what was not measured is none.

        Raises:
            ReportError: The measured values are not those that a record declares.
        """
        return self._filled(partial(self.function, *given, **named))

    @property
    def nothing(self) -> Measured:
        """The result for a run that diverged."""
        return self._filled(Measured)

    def _filled(self, measure: Callable[[], Measured]) -> Measured:
        fields: dict[str, Any] = {
            name: (kind | None, None if is_dataclass(kind) else {})
            for name, kind in self.records.items()
        }
        record = create_model("Values", __config__=ConfigDict(extra="forbid"), **fields)
        try:
            measured = measure()
            values = record.model_validate(measured.values)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise ReportError(
                f"{where} = {first['input']!r:.60} is no measurement ({first['msg']}); correct "
                f"{self.function.__name__} in src/{self.function.__module__.replace('.', '/')}.py."
            ) from error
        return Measured(values.model_dump(), measured.arrays)


def measurement(
    function: Callable[..., Measured] | None = None, /, **records: type
) -> Callable[..., Any]:
    """Make a function one of the measurements that every run undergoes.

    Args:
        function: The function, where it fills in no record.
        records: The classes of the records that it fills in, made by
            `vae_report.results.metrics.record`, by the names by which pages know them.

    The function's first argument is the `Subject`; the others are given by name:

    - `judge`: the `vae_report.measurements.judge.Judge` of samples;
    - `seed`: the seed of the run, which determines all random draws, with a stream for each
      purpose (`vae_report.training.streams`);
    - `headline`: whether the run is a headline run, for what is too costly for all runs;
    - `first`: whether it has the first seed of its headline run, for what is costlier still;
    - `importance_samples`, `generated`: as in `vae_report.settings.MeasurementSettings`.

    Raises:
        ReportError: A class is not a record.
    """
    for kind in records.values():
        if not is_dataclass(kind) and kind is not dict:
            where = f"src/{kind.__module__.replace('.', '/')}.py"
            raise ReportError(f"{where}: {kind.__name__} is no record; put @record above it.")
    return Measurement(function, {}) if function else partial(Measurement, records=records)


def load_model(settings: RunSettings, pixels: int, weights: bytes) -> AE:
    """Rebuild a finished run's model.

    Args:
        settings: The settings of the run.
        pixels: The number of pixels of an image.
        weights: The contents of the run's `weights.safetensors`.
    """
    model = make_model(settings, pixels)
    model.load_state_dict(load(weights))
    return model.eval()


@torch.inference_mode()
def encode(model: AE, images: Tensor) -> Code:
    """Encode (N, pixels) uint8 images in chunks."""
    codes = [model.encode(as_pixels(chunk)) for chunk in images.split(CHUNK)]
    means, log_variances = zip(*codes, strict=True)
    variational = log_variances[0] is not None
    return Code(torch.cat(means), torch.cat(log_variances) if variational else None)


@torch.inference_mode()
def reconstruct(model: AE, code: Code) -> Tensor:
    """Decode the means of N codes to (N, pixels) pixel values in chunks."""
    return torch.cat([model.pixels(model.decode(chunk)) for chunk in code.mean.split(CHUNK)])


def choose(size: int, count: int) -> NDArray[np.intp]:
    """Choose images at random, the same for all runs.

    Args:
        size: The number of images to choose from.
        count: The largest number to choose; all are chosen if there are no more.

    Returns:
        The indices of the images, in random order.
    """
    return np.random.default_rng(_CHOICE).permutation(size)[:count]
