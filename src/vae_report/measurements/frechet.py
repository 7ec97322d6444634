"""The Fréchet distance between two sets of features, and its uncertainty by resampling."""

from typing import NamedTuple, Self

import torch
from torch import Tensor

from vae_report.results.uncertainty import Resampled, resampled_weights

GROUPS = 2500
"""The largest number of units that are resampled; more images are drawn in groups of equal size.

Images are put into groups at random, so resampled groups vary as resampled images do, at a
fraction of the cost.
"""

_AT_ONCE = 100


class Gaussian(NamedTuple):
    """A Gaussian, or a batch of them: mean (..., F) and covariance (..., F, F), float64."""

    mean: Tensor
    covariance: Tensor

    @classmethod
    def of(cls, features: Tensor) -> Self:
        """Take the moments of (N, F) features."""
        x = features.double()
        return cls(x.mean(dim=0), x.T.cov())


class Root(NamedTuple):
    """A Gaussian, or a batch, by its mean (..., F) and any R (..., F, F), with covariance R Rᵀ."""

    mean: Tensor
    root: Tensor

    @classmethod
    def of(cls, gaussian: Gaussian) -> Self:
        """Decompose a covariance, which may be singular."""
        root, failures = torch.linalg.cholesky_ex(gaussian.covariance)
        if failures.any():
            eigenvalues, eigenvectors = torch.linalg.eigh(gaussian.covariance)
            root = eigenvectors * eigenvalues.clamp(min=0).sqrt()[..., None, :]
        return cls(gaussian.mean, root)


def frechet_distance(gaussian: Gaussian, other: Root) -> Tensor:
    r"""Measure the distance between Gaussians (Heusel et al. 2017, arXiv:1706.08500).

    $\|\mu_1 - \mu_2\|^2 + \operatorname{tr}(\Sigma_1 + \Sigma_2)
    - 2 \operatorname{tr}(R^\top \Sigma_1 R)^{1/2}$ with $\Sigma_2 = R R^\top$, which is the squared
    Wasserstein distance: $R^\top \Sigma_1 R$ has the eigenvalues of $\Sigma_1 \Sigma_2$ and is
    symmetric, so the trace of its root is the sum of their roots, for singular covariances as well.

    Args:
        gaussian: One Gaussian, or a batch.
        other: One Gaussian, or a batch of the same size.

    Returns:
        The distances, (...), in squared units of the features.
    """
    product = torch.linalg.eigvalsh(other.root.mT @ gaussian.covariance @ other.root)
    overlap = product.clamp(min=0).sqrt().sum(dim=-1)
    spread = gaussian.covariance.diagonal(dim1=-2, dim2=-1).sum(dim=-1)
    other_spread = other.root.square().sum(dim=(-2, -1))
    centres = (gaussian.mean - other.mean).square().sum(dim=-1)
    distances: Tensor = centres + spread + other_spread - 2 * overlap
    return distances


class Reference:
    """A set of features and resamples of it, to which the distances of other sets are measured.

    Args:
        features: The features, (T, F), such as those of real images.
    """

    def __init__(self, features: Tensor) -> None:
        self._whole = Root.of(Gaussian.of(features))
        moments = resampled_moments(features, "images").split(_AT_ONCE)
        self._resampled = [Root.of(gaussians(part, features)) for part in moments]

    def distance(self, features: Tensor) -> float:
        """Measure the distance of (G, F) features."""
        return float(frechet_distance(Gaussian.of(features), self._whole))

    def resampled_distances(self, features: Tensor) -> Tensor:
        """Measure the distances of resamples of (G, F) features to resamples of this set.

        Fewer distinct images give a larger distance, and a resample has fewer than the sample. This
        bias is the mean excess of the resampled distances over the distance of the whole sample;
        it is subtracted, so that they scatter about that distance.

        Returns:
            The distances, (B,), float64; the b-th has the same weights for all sets of one size.
        """
        moments = resampled_moments(features, "samples").split(_AT_ONCE)
        distances = torch.cat(
            [
                frechet_distance(gaussians(part, features), real)
                for part, real in zip(moments, self._resampled, strict=True)
            ]
        )
        return distances - distances.mean() + self.distance(features)


def resampled_moments(features: Tensor, of: Resampled) -> Tensor:
    """Average products of features over resamples.

    Args:
        features: The features, (N, F).
        of: The kind of sample, as in `vae_report.results.uncertainty.resampled_weights`.

    Returns:
        The upper triangles, (B, (F + 1)(F + 2) / 2), float32, of the mean outer products of the
        vectors (1, x), where x is a feature less the mean of all, each up to a positive factor.
    """
    groups = min(GROUPS, len(features))
    weights = torch.tensor(
        resampled_weights(groups, of), dtype=features.dtype, device=features.device
    )
    # The order of test images is not random, and groups must be.
    order = torch.randperm(len(features), generator=torch.Generator().manual_seed(0))
    shuffled = features[order.to(features.device)]
    vectors = torch.nn.functional.pad(shuffled - features.mean(dim=0), (1, 0), value=1)
    rows, columns = torch.triu_indices(*(2 * [vectors.shape[1]]), device=features.device)
    sums = features.new_zeros(len(rows), groups)
    for members in vectors.T.contiguous().split(groups, dim=1):
        # If the last chunk is smaller, some groups have one member less than the others.
        sums[:, : members.shape[1]] += members[rows] * members[columns]
    return weights @ sums.T


def gaussians(moments: Tensor, features: Tensor) -> Gaussian:
    """Turn resampled moments of (N, F) features into a batch of Gaussians."""
    count, size = features.shape
    rows, columns = torch.triu_indices(size + 1, size + 1, device=features.device)
    products = torch.empty(len(moments), size + 1, size + 1, dtype=torch.double).to(features.device)
    values = moments.double() / moments[:, :1]
    products[:, rows, columns] = values
    products[:, columns, rows] = values
    mean = products[:, 0, 1:]
    covariance = products[:, 1:, 1:] - mean[:, :, None] * mean[:, None, :]
    # The mean of a resample takes one degree of freedom, as in the covariance of the whole.
    return Gaussian(mean + features.double().mean(dim=0), covariance * (count / (count - 1)))
