"""Each measurement of a finished run under a name of its own, so that it can be made alone.

A new measurement is a function under `@measurement`, in a module of this package. The names of its
parameters say what it follows from, besides its code and the run: `judge`, `headline`, and the
settings of `vae_report.config.MeasurementSettings`.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load
from torch import Tensor

from vae_report.config import RunSettings
from vae_report.data import Dataset
from vae_report.models import AE, make_model


@dataclass(frozen=True)
class Subject:
    """What a measurement may look at.

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


@dataclass(frozen=True)
class Measured:
    """What a measurement finds.

    Attributes:
        values: of `vae_report.metrics.RunMetrics`, nested as it is; those of several measurements
            are merged.
        arrays: of `vae_report.results.RunResult`.
    """

    values: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, NDArray[np.generic]] = field(default_factory=dict)


Measurement = Callable[..., Measured]

MEASUREMENTS: dict[str, Measurement] = {}


def measurement(function: Measurement) -> Measurement:
    """Make a function one of the measurements that every run undergoes.

    Its first argument is the `Subject`; the others are given by name:

    - `judge`: the `vae_report.evaluation.judge.Judge` of samples;
    - `headline`: whether the run is a headline run, for what is too costly for all;
    - `importance_samples`, `generated`: as in `vae_report.config.MeasurementSettings`.
    """
    MEASUREMENTS[function.__name__] = function
    return function


def parameters(name: str) -> list[str]:
    """List what a measurement is given besides its subject."""
    _, *others = inspect.signature(MEASUREMENTS[name]).parameters
    return others


def load_model(settings: RunSettings, weights: bytes) -> AE:
    """Rebuild a finished run's model from the contents of its `weights.safetensors`."""
    model = make_model(settings)
    model.load_state_dict(load(weights))
    return model.eval()
