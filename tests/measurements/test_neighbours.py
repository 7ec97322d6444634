"""Distances between points, against SciPy and lines on which they are seen at once."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from vae_report.measurements.neighbours import nearest, reached


def points(generator, count, width, shift=0.0):
    return (generator.normal(size=(count, width)) + shift).astype(np.float32)


@settings(max_examples=30, deadline=None)
@given(
    count=st.sampled_from([1, 999]),
    others=st.sampled_from([3, 19, 41, 1999, 2000]),
    width=st.integers(1, 8),
    wanted=st.integers(1, 10),
    shift=st.floats(-1e3, 1e3),
)
def test_the_nearest_are_those_of_scipy(count, others, width, wanted, shift):
    generator = np.random.default_rng(count)
    a, b = (points(generator, size, width, shift) for size in (count, others))
    wanted = min(wanted, others)
    squares, indices = nearest(torch.from_numpy(a), torch.from_numpy(b), wanted)
    distances = cdist(a, b, "sqeuclidean")
    expected = np.sort(distances, axis=1)[:, :wanted]
    np.testing.assert_allclose(squares.numpy(), expected, rtol=1e-4, atol=1e-3)
    found = np.take_along_axis(distances, indices.numpy(), axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)
    assert all(len(set(each)) == wanted for each in indices.tolist())


def test_points_in_neighbourhoods_on_a_line_by_hand():
    others = torch.tensor([[0.0], [1], [10], [20]])
    radii = torch.tensor([1.0, 1, 2, 3])
    # The first lies in two neighbourhoods, the third and fourth in one, the others in none.
    pairs, within, reaching = reached(torch.tensor([[0.5], [5], [11.5], [9], [30]]), others, radii)
    assert pairs == 4
    assert within.tolist() == [True, False, True, True, False]
    assert reaching.tolist() == [True, True, True, False]


@pytest.mark.parametrize(("count", "others"), [(1, 1), (251, 1001), (1200, 2500)])
def test_points_in_neighbourhoods_are_those_of_scipy(count, others):
    generator = np.random.default_rng(0)
    a, b = (points(generator, size, 3, shift=2) for size in (count, others))
    radii = generator.uniform(0.1, 0.3, others).astype(np.float32)
    pairs, within, reaching = reached(*map(torch.from_numpy, (a, b, radii)))
    inside = cdist(a, b) <= radii
    assert pairs == inside.sum()
    np.testing.assert_array_equal(within, inside.any(axis=1))
    np.testing.assert_array_equal(reaching, inside.any(axis=0))
