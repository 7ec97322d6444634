"""How close reconstructions come to their originals, decoding the posterior's mean."""

import math
from typing import Annotated, NamedTuple

import torch
from torch import Tensor

from vae_report.measurements.averages import averaged, of_images
from vae_report.measurements.measuring import Measured, Subject, measurement, reconstruct
from vae_report.measurements.sharpness import laplacian_energy
from vae_report.models.autoencoders import as_pixels
from vae_report.models.objectives import CHUNK
from vae_report.results.metrics import Scalar, record

_WINDOW = 11
_CHUNK = 100
"""The number of images blurred at a time, so that intermediate results stay in the caches."""

_LEVEL = 1 / 255
"""The difference between two neighbouring values of a pixel in an original."""


class Fidelity(NamedTuple):
    """Comparisons of N reconstructions with their originals, (N,) each, for pixels in [0, 1].

    Attributes:
        mse: The mean squared error per pixel.
        psnr: The peak signal-to-noise ratio, in dB.
        ssim: The structural similarity; 1 for equal images.
        sharpness: The energy of the Laplacian divided by that of the original.
    """

    mse: Tensor
    psnr: Tensor
    ssim: Tensor
    sharpness: Tensor


@record
class Closeness:
    """Averages of `Fidelity` over the images of one split."""

    mse: Annotated[float, Scalar("MSE", 4, "lowest")]
    psnr: Annotated[float, Scalar("PSNR", 2, "highest", "dB")]
    ssim: Annotated[float, Scalar("SSIM", 3, "highest")]
    sharpness: Annotated[float, Scalar("Sharpness", 3, best=1)]


@measurement(**of_images(Closeness))
def closeness(subject: Subject) -> Measured:
    """Compare reconstructions with their originals."""
    reconstructions = {
        "validation": reconstruct(subject.model, subject.validation_code),
        "test": subject.test_reconstructions,
    }
    validation, test = (
        {
            name: values.cpu().numpy()
            for name, values in fidelity(images, subject.images[split])._asdict().items()
        }
        for split, images in reconstructions.items()
    )
    return Measured(
        averaged(validation, test, subject.labels["test"], by_class=Fidelity._fields),
        {f"test_{name}": values for name, values in test.items()},
    )


@torch.inference_mode()
def fidelity(reconstructions: Tensor, images: Tensor) -> Fidelity:
    """Compare reconstructions with their originals.

    Args:
        reconstructions: The reconstructions, (N, pixels), in [0, 1].
        images: The originals, (N, pixels), uint8.
    """

    def compare(reconstructions: Tensor, chunk: Tensor) -> Tensor:
        originals = as_pixels(chunk)
        mse = (reconstructions - originals).square().mean(dim=1)
        return torch.stack(
            [
                mse,
                peak_signal_to_noise(mse),
                structural_similarity(reconstructions, originals),
                relative_sharpness(reconstructions, originals),
            ]
        )

    chunks = zip(reconstructions.split(CHUNK), images.split(CHUNK), strict=True)
    return Fidelity(*torch.cat([compare(*chunk) for chunk in chunks], dim=1))


def peak_signal_to_noise(mse: Tensor) -> Tensor:
    r"""Turn mean squared errors of pixels in [0, 1] into dB: $-10 \log_{10}$ of each.

    An error below $1 / (12 \cdot 255^2)$, that of rounding the original to 8 bits, is raised to
    this value, which keeps a perfect copy finite.
    """
    return -10 * torch.log10(mse.clamp(min=_LEVEL**2 / 12))


def relative_sharpness(images: Tensor, originals: Tensor) -> Tensor:
    """Divide the energies of the Laplacian of images by those of their originals.

    An original without any detail is given the least detail possible: one pixel at its edge is one
    level brighter.

    Args:
        images: The images, (N, pixels), in [0, 1].
        originals: The originals, (N, pixels), in [0, 1].

    Returns:
        The ratios, (N,), which are below 1 if detail is lost.
    """
    return laplacian_energy(images) / laplacian_energy(originals).clamp(min=_LEVEL**2)


def structural_similarity(images: Tensor, others: Tensor) -> Tensor:
    r"""Compare two sets of images, image by image (Wang et al. 2004, doi:10.1109/TIP.2003.819861).

    $$\frac{(2 \mu_x \mu_y + c_1)(2 \sigma_{xy} + c_2)}
      {(\mu_x^2 + \mu_y^2 + c_1)(\sigma_x^2 + \sigma_y^2 + c_2)},
      \qquad c_1 = 0.01^2,\ c_2 = 0.03^2,$$

    with moments under a Gaussian window of 11 x 11 pixels and $\sigma = 1.5$, averaged over all
    windows that lie within the image. For smaller images, the window is the largest odd number of
    pixels a side that fits.

    Args:
        images: The images of one set, (N, pixels), in [0, 1].
        others: The images of the other set, (N, pixels), in [0, 1].

    Returns:
        The similarities, (N,).
    """
    side = math.isqrt(images.shape[1])
    windows = _gaussian_windows(side).to(images).T.contiguous()

    def blur(maps: Tensor) -> Tensor:
        # The window is separable, so one matrix product per direction replaces a convolution and is
        # many times as fast on images this small. Maps come out transposed; their mean is the same.
        return (maps @ windows).mT.contiguous() @ windows

    def compare(x: Tensor, y: Tensor) -> Tensor:
        # Moments of the sum and the difference give all others, as (x + y)² - (x - y)² = 4 x y.
        total, difference = x + y, x - y
        mean_total, mean_difference = (blur(each).square_() for each in (total, difference))
        variance_total = blur(total.square_()) - mean_total
        variance_difference = blur(difference.square_()) - mean_difference
        c1, c2 = 2 * 0.01**2, 2 * 0.03**2
        similarity = (mean_total - mean_difference + c1) / (mean_total + mean_difference + c1)
        similarity *= variance_total - variance_difference + c2
        similarity /= variance_total + variance_difference + c2
        return similarity.mean(dim=(1, 2))

    chunks = zip(
        *(each.view(-1, side, side).split(_CHUNK) for each in (images, others)), strict=True
    )
    return torch.cat([compare(*chunk) for chunk in chunks])


def _gaussian_windows(side: int) -> Tensor:
    """Return (W, side) weights: each row holds one of the W windows along a side."""
    size = min(_WINDOW, side - 1 + side % 2)
    offsets = torch.arange(size) - size // 2
    weights = torch.exp(-0.5 * (offsets / 1.5).square())
    windows = torch.zeros(side - size + 1, side)
    for start, row in enumerate(windows):
        row[start : start + size] = weights / weights.sum()
    return windows
