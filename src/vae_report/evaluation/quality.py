"""How generated images compare with real ones, in the feature space of the judge."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae_report.evaluation.judge import NEIGHBOUR, Judge, squared_distances
from vae_report.evaluation.sharpness import laplacian_energy
from vae_report.metrics import Interval, SampleQuality
from vae_report.models import as_pixels
from vae_report.uncertainty import (
    mean_interval,
    percentile_interval,
    resampled_weights,
)

_RECOGNISED = 0.9
_RESAMPLES = 200
_ROWS = 500
_BLOCK = 1000
_SEED = 0


@dataclass(frozen=True)
class Judged:
    """What the judge finds in G images.

    Attributes:
        quality: of all of them together.
        entropy: (G,), of each image's probabilities, in nats.
    """

    quality: SampleQuality
    entropy: NDArray[np.float32]


@torch.inference_mode()
def sample_quality(images: Tensor, judge: Judge) -> Judged:
    """Judge generated images beside the real ones that the judge knows.

    Distances are in units of the real features' standard deviation (the root of their mean
    variance), as nothing else sets the scale of a classifier's features.

    Args:
        images: (G, 784), pixels in [0, 1]; at least four.
        judge: on the device of the images.
    """
    features = judge.features(images)
    probabilities = judge.probabilities(features)
    real_energy = laplacian_energy(as_pixels(judge.real_images)).mean()
    per_image = (
        probabilities.amax(dim=1),
        _entropy(probabilities),
        laplacian_energy(images) / real_energy,
    )
    confidence, entropy, sharpness = (values.cpu().numpy() for values in per_image)
    recognised = confidence >= _RECOGNISED
    unit = judge.real_features.var(dim=0).mean().sqrt()
    scaled, real = features / unit, judge.real_features / unit
    frechet, frechet_interval = frechet_distance_interval(scaled, real)
    kernel, kernel_error = kernel_distance(scaled, real)
    density, coverage = density_and_coverage(scaled, real, judge.real_radii / unit)
    quality = SampleQuality(
        frechet=frechet,
        frechet_interval=frechet_interval,
        kernel=kernel,
        kernel_error=kernel_error,
        density=density,
        coverage=coverage,
        confidence=float(confidence.mean()),
        recognised=float(recognised.mean()),
        recognised_interval=mean_interval(recognised),
        realistic=float(judge.realistic(features).double().mean()),
        class_entropy=float(entropy.mean()),
        class_balance=float(_entropy(probabilities.mean(dim=0))) / math.log(judge.classes),
        sharpness=float(sharpness.mean()),
        sharpness_interval=mean_interval(sharpness),
    )
    return Judged(quality, entropy)


class Gaussian(NamedTuple):
    """A Gaussian, or a batch of them: mean (..., F) and covariance (..., F, F), float64."""

    mean: Tensor
    covariance: Tensor

    @classmethod
    def of(cls, features: Tensor) -> "Gaussian":
        """Take the moments of (N, F) features."""
        x = features.double()
        return cls(x.mean(dim=0), x.T.cov())

    @classmethod
    def of_resamples(cls, features: Tensor, weights: Tensor) -> "Gaussian":
        """Take the moments of resamples.

        Args:
            features: (N, F).
            weights: (B, N), of each feature in each resample; rows sum to 1.
        """
        x = features.double()
        means = weights @ x
        squares = torch.zeros_like(_outer(means))
        # Once multiplied, features serve all resamples: faster than a product for each of these.
        for part, shares in zip(x.split(_ROWS), weights.split(_ROWS, dim=1), strict=True):
            squares += (shares @ _outer(part).flatten(1)).view_as(squares)
        return cls(means, (squares - _outer(means)) * (len(x) / (len(x) - 1)))


def frechet_distance(gaussian: Gaussian, other: Gaussian) -> Tensor:
    r"""Measure how far Gaussians lie apart (Heusel et al. 2017, arXiv:1706.08500).

    $\|\mu_1 - \mu_2\|^2 + \operatorname{tr}(\Sigma_1 + \Sigma_2)
    - 2 \operatorname{tr}(\Sigma_2^{1/2} \Sigma_1 \Sigma_2^{1/2})^{1/2}$, which is the squared
    Wasserstein distance. Both square roots are of symmetric matrices, and are taken of their
    eigenvalues: that also holds where features do not span their space.

    Args:
        gaussian: one, or a batch.
        other: one.

    Returns:
        (...) distances, in squared units of the features.
    """
    eigenvalues, eigenvectors = torch.linalg.eigh(other.covariance)
    root = eigenvectors * eigenvalues.clamp(min=0).sqrt() @ eigenvectors.T
    product = torch.linalg.eigvalsh(root @ gaussian.covariance @ root)
    spread = gaussian.covariance.diagonal(dim1=-2, dim2=-1).sum(dim=-1) + other.covariance.trace()
    overlap = product.clamp(min=0).sqrt().sum(dim=-1)
    distances: Tensor = (gaussian.mean - other.mean).square().sum(dim=-1) + spread - 2 * overlap
    return distances


def frechet_distance_interval(features: Tensor, real: Tensor) -> tuple[float, Interval]:
    """Measure the Fréchet distance of two sets of features, and bootstrap over the first.

    The fewer distinct images, the larger the distance comes out, and a resample has fewer than the
    sample. That bias is the mean excess of the replicates over the distance: it is taken out, and
    the interval is one of the distance of as many images as there are.

    Args:
        features: (G, F) of generated images.
        real: (T, F) of real images.

    Returns:
        The distance, and the ends of its 95 % percentile interval.
    """
    reference = Gaussian.of(real)
    distance = float(frechet_distance(Gaussian.of(features), reference))
    weights = torch.tensor(resampled_weights(len(features))[:_RESAMPLES], device=features.device)
    replicates = frechet_distance(Gaussian.of_resamples(features, weights), reference).cpu().numpy()
    return distance, percentile_interval(replicates - replicates.mean() + distance)


def kernel_distance(features: Tensor, real: Tensor) -> tuple[float, float]:
    """Average the squared discrepancy over random blocks, which tell its error.

    Blocks are disjoint, and of at most 1000 images a set; there are at least two.

    Args:
        features: (G, F) of generated images, at least four.
        real: (T, F) of real images, at least four.

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
        features: (N, F), at least two.
        real: (M, F), at least two.
    """
    x, y = features.double(), real.double()

    def similarities(one: Tensor, other: Tensor) -> Tensor:
        return (one @ other.T / one.shape[1] + 1).pow(3)

    def within(points: Tensor) -> Tensor:
        pairs, count = similarities(points, points), len(points)
        return (pairs.sum() - pairs.trace()) / (count * (count - 1))

    discrepancy: Tensor = within(x) + within(y) - 2 * similarities(x, y).mean()
    return discrepancy


def density_and_coverage(features: Tensor, real: Tensor, radii: Tensor) -> tuple[float, float]:
    """Count generated images in the neighbourhoods of real ones (Naeem et al. 2020,
    arXiv:2002.09797).

    Args:
        features: (G, F) of generated images.
        real: (T, F) of real images.
        radii: (T,) of their neighbourhoods, the distance to the k-th nearest other real image.

    Returns:
        Density, the number of neighbourhoods that a generated image lies in over k, on average;
        and coverage, the share of neighbourhoods with a generated image.
    """
    within = radii.square()
    inside = torch.zeros_like(radii, dtype=torch.int32)
    for distances in squared_distances(features, real):
        inside += (distances <= within).sum(dim=0, dtype=torch.int32)
    density = float(inside.sum()) / (NEIGHBOUR * len(features))
    return density, float((inside > 0).double().mean())


def _outer(vectors: Tensor) -> Tensor:
    """Multiply (N, F) vectors with themselves: (N, F, F)."""
    return vectors[:, :, None] * vectors[:, None, :]


def _entropy(probabilities: Tensor) -> Tensor:
    """Measure the entropy of (..., C) probabilities, in nats."""
    entropies: Tensor = torch.special.entr(probabilities).sum(dim=-1)
    return entropies
