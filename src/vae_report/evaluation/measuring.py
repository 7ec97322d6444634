"""Each measurement of a finished run under a name of its own, so that it can be made alone."""

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
from vae_report.evaluation.pictures import pictures
from vae_report.evaluation.reconstruction import fidelity
from vae_report.models import AE, make_model
from vae_report.objectives import likelihood

_SEED = 0


@dataclass(frozen=True)
class Subject:
    """What a measurement may look at.

    Attributes:
        model: finished, on the device that measures.
        images: (N, 784), uint8, of the splits `validation` and `test`.
        validation_labels: (V,).
    """

    model: AE
    images: Mapping[str, Tensor]
    validation_labels: NDArray[np.uint8]

    @classmethod
    def of(cls, model: AE, dataset: Dataset) -> Self:
        """Bring a data set to the device of a model."""
        device = next(model.parameters()).device
        splits = {"validation": dataset.validation_images, "test": dataset.test_images}
        images = {name: torch.from_numpy(split).to(device) for name, split in splits.items()}
        return cls(model, images, dataset.validation_labels)


@dataclass(frozen=True)
class Measured:
    """What a measurement finds.

    Attributes:
        values: of `vae_report.results.RunMetrics`, nested as it is.
        arrays: of `vae_report.results.RunResult`.
    """

    values: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, NDArray[np.generic]] = field(default_factory=dict)


MEASUREMENTS: dict[str, Callable[[Subject], Measured]] = {}


def measurement(function: Callable[[Subject], Measured]) -> Callable[[Subject], Measured]:
    """Make a function one of the measurements that every run undergoes."""
    MEASUREMENTS[function.__name__] = function
    return function


@measurement
def size(subject: Subject) -> Measured:
    """Count the weights."""
    return Measured({"parameters": sum(weight.numel() for weight in subject.model.parameters())})


@measurement
def loss(subject: Subject) -> Measured:
    """Measure the terms of the loss; an autoencoder has neither an ELBO nor a KL."""
    values = {}
    for split, images in subject.images.items():
        terms = likelihood(subject.model, images, _SEED)
        variational = subject.model.variational
        values[split] = {
            "negative_elbo": terms.negative_elbo if variational else None,
            "bce": terms.bce,
            "kl": terms.kl if variational else None,
            "mean_decoded_loss": terms.mean_decoded_loss,
        }
    return Measured(values)


@measurement
def closeness(subject: Subject) -> Measured:
    """Compare reconstructions with their originals."""
    fidelities = {
        split: fidelity(subject.model, images) for split, images in subject.images.items()
    }
    return Measured(
        {split: {"mse": found.mse, "ssim": found.ssim} for split, found in fidelities.items()}
    )


@measurement
def appearance(subject: Subject) -> Measured:
    """Make what the pictures are made of."""
    return Measured(
        arrays=pictures(subject.model, subject.images["validation"], subject.validation_labels)
    )


def load_model(settings: RunSettings, weights: bytes) -> AE:
    """Rebuild a finished run's model from the contents of its `weights.safetensors`."""
    model = make_model(settings.model, settings.latent, settings.hidden)
    model.load_state_dict(load(weights))
    return model.eval()
