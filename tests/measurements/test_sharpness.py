"""The Laplacian's energy, against SciPy and images worked by hand."""

import numpy as np
import pytest
import torch
from scipy.ndimage import laplace

from vae_report.measurements.sharpness import laplacian_energy


@pytest.mark.parametrize("side", [8, 28, 64])
def test_the_energy_is_that_of_scipys_laplacian(side):
    images = np.random.default_rng(0).random((5, side, side))
    expected = [np.square(laplace(image)[1:-1, 1:-1]).sum() for image in images]
    found = laplacian_energy(torch.from_numpy(images.reshape(5, -1)))
    assert found.tolist() == pytest.approx(expected)


def test_a_slope_has_none_and_a_dot_has_its_own_and_its_neighbours():
    slope = torch.linspace(0, 1, 28, dtype=torch.float64).expand(28, 28).reshape(1, 784)
    dot = torch.zeros(28, 28, dtype=torch.float64)
    dot[10, 10] = 0.5
    found = laplacian_energy(torch.cat([slope, dot.view(1, 784)]))
    assert found.tolist() == pytest.approx([0, (16 + 4) * 0.25], abs=1e-12)
