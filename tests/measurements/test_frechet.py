"""Fréchet distances and their resamples, against closed forms and a general matrix root."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from scipy.stats import ortho_group

from vae_report.measurements.frechet import Gaussian, Reference, Root, frechet_distance
from vae_report.results.uncertainty import percentile_interval, resampled_weights

seeds = st.integers(0, 2**32 - 1)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def gaussian(generator, size, rank):
    factor = torch.from_numpy(generator.standard_normal((size, rank)))
    return Gaussian(torch.from_numpy(generator.standard_normal(size)), factor @ factor.T)


def by_general_root(mean, covariance, other_mean, other_covariance):
    root = sqrtm(covariance @ other_covariance).real
    return ((mean - other_mean) ** 2).sum() + np.trace(covariance + other_covariance - 2 * root)


@given(seed=seeds, size=st.integers(1, 8))
def test_the_distance_is_that_of_a_general_matrix_root(seed, size):
    generator = np.random.default_rng(seed)
    one, other = (gaussian(generator, size, size + 2) for _ in range(2))
    expected = by_general_root(*(each.numpy() for each in (*one, *other)))
    assert float(frechet_distance(one, Root.of(other))) == pytest.approx(expected, rel=1e-6)
    assert float(frechet_distance(other, Root.of(one))) == pytest.approx(expected, rel=1e-6)


def test_gaussians_with_common_axes_have_a_closed_form_even_where_they_are_flat():
    axes = torch.from_numpy(ortho_group.rvs(4, random_state=0))
    deviations = torch.tensor([[2.0, 1, 0, 0], [0.5, 0, 0, 3]]).double()
    means = torch.tensor([[1.0, 2, 3, 4], [1, 2, 3, 0]]).double()
    one, other = (
        Gaussian(mean, axes * deviation.square() @ axes.T)
        for mean, deviation in zip(means, deviations, strict=True)
    )
    expected = 4**2 + (deviations[0] - deviations[1]).square().sum()
    assert float(frechet_distance(one, Root.of(other))) == pytest.approx(float(expected))
    assert float(frechet_distance(one, Root.of(one))) == pytest.approx(0, abs=1e-6)


def resampled(features, of, groups):
    """Features as they are drawn in the first resamples: those of each group together."""
    weights = resampled_weights(groups, of)
    counts = np.rint(weights[:5] * groups).astype(int)
    order = torch.randperm(len(features), generator=torch.Generator().manual_seed(0)).numpy()
    numbers = np.arange(len(features)) % groups
    return [np.repeat(features[order], repeats[numbers], axis=0) for repeats in counts]


@pytest.mark.parametrize("groups", [2500, 300, 256])
def test_resamples_of_both_sets_have_the_distances_of_a_general_matrix_root(groups, monkeypatch):
    """Of single images, of groups of two, and of groups not all of which have three."""
    monkeypatch.setattr("vae_report.measurements.frechet.GROUPS", groups)
    real, features = normal(600, 5) * torch.tensor([0.1, 1, 1, 2, 5]), 2 * normal(600, 5, seed=1)
    distances = Reference(real).resampled_distances(features)
    assert distances.shape == (1000,)
    assert distances.dtype == torch.double
    sets = (
        resampled(each.double().numpy(), of, min(groups, 600))
        for each, of in ((features, "samples"), (real, "images"))
    )
    expected = np.array(
        [
            by_general_root(*(moment for x in pair for moment in _moments(x, 600)))
            for pair in zip(*sets, strict=True)
        ]
    )
    # All are moved alike, so that they scatter about the distance.
    np.testing.assert_allclose(
        distances[:5] - distances[0], expected - expected[0], rtol=1e-3, atol=1e-3
    )
    assert float(distances.mean()) == pytest.approx(Reference(real).distance(features))


def _moments(x, count):
    return x.mean(axis=0), np.cov(x.T, bias=True) * count / (count - 1)


@pytest.mark.parametrize("size", [500, 6000])
def test_the_interval_is_as_wide_as_distances_of_fresh_sets_scatter(size):
    """Also where images are resampled in groups."""
    pairs = [
        (1.2 * normal(size, 3, seed=seed) + 0.3, normal(size, 3, seed=1000 + seed))
        for seed in range(60)
    ]
    found = []
    for features, real in pairs:
        reference = Reference(real)
        replicates = reference.resampled_distances(features).numpy()
        found.append((reference.distance(features), percentile_interval(replicates)))
    distances = [distance for distance, _ in found]
    widths = [upper - lower for _, (lower, upper) in found]
    assert np.mean(widths) == pytest.approx(2 * 1.96 * np.std(distances), rel=0.3)
    hits = [lower <= np.mean(distances) <= upper for _, (lower, upper) in found]
    assert np.mean(hits) > 0.85


def test_the_interval_holds_the_distance_of_equal_sets_too():
    reference, features = Reference(normal(900, 8, seed=1)), normal(300, 8)
    lower, upper = percentile_interval(reference.resampled_distances(features).numpy())
    assert lower < reference.distance(features) < upper


def test_two_sets_of_one_size_stay_paired():
    reference, features = Reference(normal(800, 4)), normal(400, 4, seed=1)
    one, other = (
        reference.resampled_distances(each).numpy() for each in (features, features + 0.01)
    )
    assert np.std(one - other) < 0.2 * np.std(one)
