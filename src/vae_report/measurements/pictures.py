"""The arrays of pictures: images that a model reconstructs, draws or interpolates."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae_report.data.choosing import first_of_each_class
from vae_report.measurements.measuring import Measured, Subject, measurement
from vae_report.models.autoencoders import AE, as_pixels
from vae_report.training.streams import stream

PRIOR_DRAWS = 100
MANIFOLD_SIDE = 20
INTERPOLATION_STEPS = 9
INTERPOLATION_PAIRS = 4


@measurement
@torch.inference_mode()
def appearance(subject: Subject, seed: int) -> Measured:
    """Make every array of pictures that `vae_report.results.Replicate` names."""
    model = subject.model
    images, labels = subject.images["validation"], subject.labels["validation"]
    shown = first_of_each_class(labels, 2)
    means = subject.validation_code.mean
    draws = torch.randn(PRIOR_DRAWS, model.latent, generator=stream(seed, "prior draws"))
    arrays = {
        "showcase_originals": as_pixels(images[shown]),
        "showcase_reconstructions": _decoded(model, means[shown]),
        "latent_means": means,
        "validation_labels": torch.from_numpy(labels),
        "prior_samples": _decoded(model, draws.to(images.device)),
        **_manifold(model, images.device),
        **_interpolation(model, images, means, labels),
    }
    return Measured(arrays={name: array.cpu().numpy() for name, array in arrays.items()})


def _decoded(model: AE, latents: Tensor) -> Tensor:
    """Decode (..., L) latent vectors to (..., pixels) expected pixel values."""
    flat = model.pixels(model.decode(latents.reshape(-1, model.latent)))
    return flat.reshape(*latents.shape[:-1], -1)


def _manifold(model: AE, device: torch.device) -> dict[str, Tensor]:
    """Decode a plane of latent vectors at quantiles of the prior."""
    if model.latent != 2:
        return {}
    probabilities = (torch.arange(MANIFOLD_SIDE) + 0.5) / MANIFOLD_SIDE
    quantiles = torch.special.ndtri(probabilities)
    rows, columns = torch.meshgrid(quantiles.flip(0), quantiles, indexing="ij")
    plane = torch.stack([columns, rows], dim=-1).to(device)
    return {"manifold": _decoded(model, plane), "manifold_quantiles": quantiles}


def _interpolation(
    model: AE, images: Tensor, means: Tensor, labels: NDArray[np.uint8]
) -> dict[str, Tensor]:
    """Decode straight lines between images of classes that are half the list of classes apart."""
    first = first_of_each_class(labels, 1)
    half = len(first) // 2
    pairs = [(first[i], first[i + half]) for i in range(min(INTERPOLATION_PAIRS, half))]
    starts, ends = (torch.as_tensor(indices) for indices in zip(*pairs, strict=True))
    weights = torch.linspace(0, 1, INTERPOLATION_STEPS, device=images.device)[None, :, None]
    lines = torch.lerp(means[starts][:, None], means[ends][:, None], weights)
    originals = torch.stack([images[starts], images[ends]], dim=1)
    return {
        "interpolation": _decoded(model, lines),
        "interpolation_originals": as_pixels(originals),
    }
