"""How much fine detail an image holds."""

import math

import torch
from torch import Tensor

_CHUNK = 100


def laplacian_energy(images: Tensor) -> Tensor:
    r"""Sum over inner pixels the square of the discrete Laplacian.

    $\sum_{i,j} (x_{i-1,j} + x_{i+1,j} + x_{i,j-1} + x_{i,j+1} - 4 x_{i,j})^2$: flat areas and even
    slopes have none of it, edges and texture do (Pertuz et al. 2013,
    doi:10.1016/j.patcog.2012.11.011).

    Args:
        images: (N, pixels), squares, in [0, 1].

    Returns:
        (N,) energies.
    """
    side = math.isqrt(images.shape[1])

    def energies(chunk: Tensor) -> Tensor:
        x = chunk.view(-1, side, side)
        vertical = x[:, :-2, 1:-1] + x[:, 2:, 1:-1]
        horizontal = x[:, 1:-1, :-2] + x[:, 1:-1, 2:]
        return (vertical + horizontal - 4 * x[:, 1:-1, 1:-1]).square().sum(dim=(1, 2))

    # Few at a time, so that the steps between find each other's results in the caches.
    return torch.cat([energies(chunk) for chunk in images.split(_CHUNK)])
