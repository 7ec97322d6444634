"""All measurements of one run, as files."""

import json
from collections.abc import Callable

import torch
from safetensors.numpy import save
from safetensors.torch import load
from torch import Tensor

from vae_report.config import RunSettings
from vae_report.evaluation.pictures import pictures
from vae_report.evaluation.reconstruction import fidelity
from vae_report.models import AE, make_model
from vae_report.objectives import likelihood
from vae_report.results import SplitMetrics
from vae_report.runs import DataPlace, load_once

_SEED = 0


def load_model(settings: RunSettings, weights: bytes) -> AE:
    """Rebuild a finished run's model from the contents of its `weights.safetensors`."""
    model = make_model(settings.model, settings.latent, settings.hidden)
    model.load_state_dict(load(weights))
    return model.eval()


def measure_run(
    settings: RunSettings,
    weights: bytes,
    place: DataPlace,
    device: str,
    after_epoch: Callable[[int], None],
) -> dict[str, bytes]:
    """Measure a finished run on validation and test images.

    Args:
        settings: of the run.
        weights: the contents of its `weights.safetensors`.
        place: of the data set.
        device: as torch names it.
        after_epoch: told once, when all is measured.

    Returns:
        The contents of `measurements.json` (parameters, and the metrics of each split) and
        `pictures.safetensors`.
    """
    dataset = load_once(place)
    model = load_model(settings, weights).to(device)
    validation = torch.from_numpy(dataset.validation_images).to(device)
    test = torch.from_numpy(dataset.test_images).to(device)
    measured = {
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "validation": split_metrics(model, validation).model_dump(),
        "test": split_metrics(model, test).model_dump(),
    }
    drawn = pictures(model, validation, dataset.validation_labels)
    after_epoch(1)
    return {
        "measurements.json": json.dumps(measured, indent=1).encode(),
        "pictures.safetensors": save(drawn),
    }


def split_metrics(model: AE, images: Tensor) -> SplitMetrics:
    """Measure a model on the (N, 784) uint8 images of one split."""
    terms = likelihood(model, images, _SEED)
    close = fidelity(model, images)
    return SplitMetrics(
        negative_elbo=terms.negative_elbo if model.variational else None,
        bce=terms.bce,
        kl=terms.kl if model.variational else None,
        mean_decoded_loss=terms.mean_decoded_loss,
        mse=close.mse,
        ssim=close.ssim,
    )
