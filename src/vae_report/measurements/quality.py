"""How generated images compare with real ones, in the feature space of the judge."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae_report.measurements.judge import Judge
from vae_report.measurements.sharpness import laplacian_energy
from vae_report.results.metrics import Interval, Scalar, record
from vae_report.results.uncertainty import mean_interval, percentile_interval

_RECOGNISED = 0.9
_BLOCK = 1000
_SEED = 0


@record
class SampleQuality:
    """Generated images beside real test images, in the feature space of the classifier.

    Features are in units of the standard deviation of the real ones.
    """

    frechet: Annotated[float, Scalar("Fréchet distance", 2, "lowest")]
    frechet_interval: Interval
    kernel: Annotated[float, Scalar("Kernel distance", 4, best=0)]
    kernel_error: Annotated[float, Scalar("Its standard error", 4)]
    density: Annotated[float, Scalar("Density", 3)]
    coverage: Annotated[float, Scalar("Coverage", 3, "highest")]
    confidence: Annotated[float, Scalar("Confidence", 3)]
    recognised: Annotated[float, Scalar("Recognised", 3)]
    recognised_interval: Interval
    realistic: Annotated[float, Scalar("Realistic", 3, "highest")]
    class_entropy: Annotated[float, Scalar("Class entropy", 3, unit="nats")]
    class_balance: Annotated[float, Scalar("Class balance", 3, "highest")]
    sharpness: Annotated[float, Scalar("Sharpness", 3)]
    sharpness_interval: Interval


@dataclass(frozen=True)
class Judged:
    """The judge's results for G images.

    Attributes:
        quality: The quality of the whole set.
        entropy: The entropies of the classifier's probabilities, (G,), in nats, float32.
        recognised: An entry per image, (G,), uint8: 1 if the highest probability is at least 0.9.
        sharpness: The energies of the Laplacian, (G,), float32.
        frechet_resampled: The Fréchet distances of resamples of both sets, (B,), float64.
    """

    quality: SampleQuality
    entropy: NDArray[np.float32]
    recognised: NDArray[np.uint8]
    sharpness: NDArray[np.float32]
    frechet_resampled: NDArray[np.float64]


@torch.inference_mode()
def sample_quality(images: Tensor, judge: Judge) -> Judged:
    """Judge generated images beside the real ones that the judge knows.

    Distances are in units of the real features' standard deviation (the root of their mean
    variance), since the scale of a classifier's features is arbitrary.

    Args:
        images: The generated images, (G, pixels), in [0, 1]; at least four.
        judge: The judge, on the device of the images.
    """
    features = judge.features(images)
    probabilities = judge.probabilities(features)
    per_image = probabilities.amax(dim=1), _entropy(probabilities), laplacian_energy(images)
    confidence, entropy, sharpness = (values.cpu().numpy() for values in per_image)
    recognised = (confidence >= _RECOGNISED).astype(np.uint8)
    real_sharpness = float(judge.real_sharpness.mean())
    scaled = features / judge.unit
    resampled = judge.reference.resampled_distances(scaled).cpu().numpy()
    kernel, kernel_error = kernel_distance(scaled, judge.real_features / judge.unit)
    neighbourhoods = judge.neighbourhoods(features)
    quality = SampleQuality(
        frechet=judge.reference.distance(scaled),
        frechet_interval=percentile_interval(resampled),
        kernel=kernel,
        kernel_error=kernel_error,
        density=neighbourhoods.density,
        coverage=neighbourhoods.coverage,
        confidence=float(confidence.mean()),
        recognised=float(recognised.mean()),
        recognised_interval=mean_interval(recognised),
        realistic=float(neighbourhoods.realistic.double().mean()),
        class_entropy=float(entropy.mean()),
        class_balance=float(_entropy(probabilities.mean(dim=0))) / math.log(judge.classes),
        sharpness=float(sharpness.mean()) / real_sharpness,
        sharpness_interval=mean_interval(sharpness / real_sharpness),
    )
    return Judged(quality, entropy, recognised, sharpness, resampled)


def kernel_distance(features: Tensor, real: Tensor) -> tuple[float, float]:
    """Average the squared discrepancy over random blocks, which also give its standard error.

    Blocks are disjoint and have at most 1000 images from each set; there are at least two.

    Args:
        features: The features of generated images, (G, F); at least four.
        real: The features of real images, (T, F); at least four.

    Returns:
        The mean over blocks, and the standard error of that mean.
    """
    fewer = min(len(features), len(real))
    size = min(_BLOCK, fewer // 2)
    draws = torch.Generator().manual_seed(_SEED)

    def blocks(points: Tensor) -> Iterator[Tensor]:
        order = torch.randperm(len(points), generator=draws)[: fewer // size * size]
        return (points[block.to(points.device)] for block in order.split(size))

    pairs = zip(blocks(features), blocks(real), strict=True)
    estimates = torch.stack([squared_discrepancy(*pair) for pair in pairs])
    return float(estimates.mean()), float(estimates.std()) / math.sqrt(len(estimates))


def squared_discrepancy(features: Tensor, real: Tensor) -> Tensor:
    r"""Estimate the squared maximum mean discrepancy of two sets, without bias.

    $\mathbb{E}\, k(x, x') + \mathbb{E}\, k(y, y') - 2\, \mathbb{E}\, k(x, y)$ over pairs of
    different images, with the kernel $k(x, y) = (x \cdot y / F + 1)^3$ of Bińkowski et al. 2018
    (arXiv:1801.01401). It assumes no Gaussian, and may fall below zero.

    Args:
        features: The features of one set, (N, F); at least two.
        real: The features of the other set, (M, F); at least two.
    """

    def similarities(one: Tensor, other: Tensor) -> Tensor:
        return (one @ other.T / one.shape[1] + 1).pow(3)

    def within(points: Tensor) -> Tensor:
        pairs, count = similarities(points, points), len(points)
        return (pairs.sum() - pairs.trace()) / (count * (count - 1))

    discrepancy: Tensor = within(features) + within(real) - 2 * similarities(features, real).mean()
    return discrepancy


def _entropy(probabilities: Tensor) -> Tensor:
    """Measure the entropy of (..., C) probabilities, in nats."""
    entropies: Tensor = torch.special.entr(probabilities).sum(dim=-1)
    return entropies
