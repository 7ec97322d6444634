"""Each measurement of a finished run under a name of its own, so that it can be made alone.

A new measurement is a function under `@measurement`, in a module of this package. The names of its
parameters say what it follows from, besides its code and the run: `judge`, `seed`, `headline`,
`first`, and the settings of `vae_report.settings.MeasurementSettings`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load
from torch import Tensor

from vae_report.data import Dataset
from vae_report.models.autoencoders import AE, Code, as_pixels, make_model
from vae_report.models.objectives import CHUNK
from vae_report.settings import RunSettings

_REFERENCE = 10_000
_CHOICE = 0


@dataclass(frozen=True, eq=False)
class Subject:
    """What a measurement may look at; what several of them ask of the model is worked out once.

    Attributes:
        model: finished, on the device that measures.
        images: (N, 784), uint8, of the splits `train`, `validation` and `test`.
        labels: (N,), of each split.
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
        """(T, 784): pixel values of the test images, as decoded from the means of their codes."""
        return reconstruct(self.model, self.test_code)


@dataclass(frozen=True)
class Measured:
    """What a measurement finds.

    Attributes:
        values: of `vae_report.results.metrics.RunMetrics`, nested as it is; those of several
            measurements are merged.
        arrays: of `vae_report.results.RunResult`.
    """

    values: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, NDArray[np.generic]] = field(default_factory=dict)


Measurement = Callable[..., Measured]


def measurement(function: Measurement) -> Measurement:
    """Make a function one of the measurements that every run undergoes.

    Its first argument is the `Subject`; the others are given by name:

    - `judge`: the `vae_report.measurements.judge.Judge` of samples;
    - `seed`: of the run, from which all that is drawn at random follows, each purpose with a
      stream of its own (`vae_report.training.streams`);
    - `headline`: whether the run is a headline run, for what is too costly for all;
    - `first`: whether it has the first of its headline run's seeds, for what is costlier still;
    - `importance_samples`, `generated`: as in `vae_report.settings.MeasurementSettings`.
    """
    return function


def load_model(settings: RunSettings, weights: bytes) -> AE:
    """Rebuild a finished run's model from the contents of its `weights.safetensors`."""
    model = make_model(settings)
    model.load_state_dict(load(weights))
    return model.eval()


@torch.inference_mode()
def encode(model: AE, images: Tensor) -> Code:
    """Encode (N, 784) uint8 images, a part of them at a time."""
    codes = [model.encode(as_pixels(chunk)) for chunk in images.split(CHUNK)]
    means, log_variances = zip(*codes, strict=True)
    variational = log_variances[0] is not None
    return Code(torch.cat(means), torch.cat(log_variances) if variational else None)


@torch.inference_mode()
def reconstruct(model: AE, code: Code) -> Tensor:
    """Decode the means of N codes to (N, 784) pixel values, a part of them at a time."""
    return torch.cat([model.pixels(model.decode(chunk)) for chunk in code.mean.split(CHUNK)])


def choose(size: int, count: int) -> NDArray[np.intp]:
    """Choose images at random, the same for all runs: all of them where there are no more.

    Args:
        size: number of images to choose from.
        count: number to choose, at most.

    Returns:
        Their indices, in random order.
    """
    return np.random.default_rng(_CHOICE).permutation(size)[:count]
