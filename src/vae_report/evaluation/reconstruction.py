"""How close reconstructions come to their originals, decoding the posterior's mean."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torchmetrics.functional.image import structural_similarity_index_measure

from vae_report.models import AE, as_pixels
from vae_report.objectives import CHUNK


@dataclass(frozen=True)
class Fidelity:
    """Averages over images, pixels in [0, 1].

    Attributes:
        mse: mean squared error a pixel.
        ssim: structural similarity (Wang et al. 2004, doi:10.1109/TIP.2003.819861), with a
            Gaussian window of σ = 1.5 pixels; 1 for equal images.
    """

    mse: float
    ssim: float


@torch.inference_mode()
def fidelity(model: AE, images: Tensor) -> Fidelity:
    """Compare (N, 784) uint8 images with their reconstructions."""
    sums = torch.zeros(2, dtype=torch.float64)
    for chunk in images.split(CHUNK):
        originals = as_pixels(chunk)
        reconstructions = torch.sigmoid(model(originals)[0])
        squared_errors = (reconstructions - originals).square().mean(dim=1)
        similarities = structural_similarity(reconstructions, originals)
        sums += torch.stack([squared_errors.sum(), similarities.sum()]).cpu()
    return Fidelity(*(sums / len(images)).tolist())


def structural_similarity(images: Tensor, others: Tensor) -> Tensor:
    """Compare two sets of (N, 784) images in [0, 1], image by image: (N,) similarities."""
    similarities = structural_similarity_index_measure(
        images.view(-1, 1, 28, 28), others.view(-1, 1, 28, 28), data_range=1.0, reduction="none"
    )
    assert isinstance(similarities, Tensor)
    return similarities
