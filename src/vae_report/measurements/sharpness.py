"""How much fine detail an image holds."""

import math

import torch
from torch import Tensor

_CHUNK = 100


def laplacian_energy(images: Tensor) -> Tensor:
    r"""Sum the square of the discrete Laplacian over inner pixels.

    $\sum_{i,j} (x_{i-1,j} + x_{i+1,j} + x_{i,j-1} + x_{i,j+1} - 4 x_{i,j})^2$ is zero for even
    areas and slopes, and large for edges and texture (Pertuz et al. 2013,
    doi:10.1016/j.patcog.2012.11.011).

    Args:
        images: Square images, (N, pixels), in [0, 1].

    Returns:
        The energies, (N,).
    """
    side = math.isqrt(images.shape[1])

    def energies(chunk: Tensor) -> Tensor:
        x = chunk.view(-1, side, side)
        vertical = x[:, :-2, 1:-1] + x[:, 2:, 1:-1]
        horizontal = x[:, 1:-1, :-2] + x[:, 1:-1, 2:]
        return (vertical + horizontal - 4 * x[:, 1:-1, 1:-1]).square().sum(dim=(1, 2))

    # In small chunks, so that intermediate results stay in the caches.
    return torch.cat([energies(chunk) for chunk in images.split(_CHUNK)])
