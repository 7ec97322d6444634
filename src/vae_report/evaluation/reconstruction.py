"""How close reconstructions come to their originals, decoding the posterior's mean."""

from dataclasses import dataclass

import torch
from torch import Tensor

from vae_report.config import SIDE
from vae_report.models import AE, as_pixels
from vae_report.objectives import CHUNK

_WINDOW = 11


@dataclass(frozen=True)
class Fidelity:
    """Averages over images, pixels in [0, 1].

    Attributes:
        mse: mean squared error a pixel.
        ssim: structural similarity; 1 for equal images.
    """

    mse: float
    ssim: float


@torch.inference_mode()
def fidelity(model: AE, images: Tensor) -> Fidelity:
    """Compare (N, 784) uint8 images with their reconstructions."""
    sums = torch.zeros(2, dtype=torch.float64)
    for chunk in images.split(CHUNK):
        originals = as_pixels(chunk)
        reconstructions = model.pixels(model(originals)[0])
        squared_errors = (reconstructions - originals).square().mean(dim=1)
        similarities = structural_similarity(reconstructions, originals)
        sums += torch.stack([squared_errors.sum(), similarities.sum()]).cpu()
    return Fidelity(*(sums / len(images)).tolist())


def structural_similarity(images: Tensor, others: Tensor) -> Tensor:
    r"""Compare two sets of images, image by image (Wang et al. 2004, doi:10.1109/TIP.2003.819861).

    $$\frac{(2 \mu_x \mu_y + c_1)(2 \sigma_{xy} + c_2)}
      {(\mu_x^2 + \mu_y^2 + c_1)(\sigma_x^2 + \sigma_y^2 + c_2)},
      \qquad c_1 = 0.01^2,\ c_2 = 0.03^2,$$

    with moments under a Gaussian window of 11 x 11 pixels and $\sigma = 1.5$, averaged over all
    windows that lie within the image.

    Args:
        images: (N, 784), in [0, 1].
        others: (N, 784), in [0, 1].

    Returns:
        (N,) similarities.
    """
    x, y = (each.view(-1, SIDE, SIDE) for each in (images, others))
    # The window is separable: one product a direction does what a convolution does, many times as
    # fast on images this small.
    blur = _gaussian_windows().to(images)
    mean_x, mean_y, xx, yy, xy = (blur @ each @ blur.T for each in (x, y, x * x, y * y, x * y))
    means = mean_x * mean_y
    squares = mean_x.square() + mean_y.square()
    covariance, variances = xy - means, xx + yy - squares
    c1, c2 = 0.01**2, 0.03**2
    similarity = (2 * means + c1) * (2 * covariance + c2) / ((squares + c1) * (variances + c2))
    return similarity.mean(dim=(1, 2))


def _gaussian_windows() -> Tensor:
    """Return (18, 28): in each row the weights of one of the windows along a side."""
    offsets = torch.arange(_WINDOW) - _WINDOW // 2
    weights = torch.exp(-0.5 * (offsets / 1.5).square())
    windows = torch.zeros(SIDE - _WINDOW + 1, SIDE)
    for start, row in enumerate(windows):
        row[start : start + _WINDOW] = weights / weights.sum()
    return windows
