"""Distances between sets of features, against closed forms and independent implementations."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from judges import judge
from scipy.linalg import sqrtm
from scipy.stats import entropy, ortho_group
from sklearn.metrics.pairwise import polynomial_kernel

from small_report import shapes
from vae_report.evaluation.quality import (
    Gaussian,
    density_and_coverage,
    frechet_distance,
    frechet_distance_interval,
    kernel_distance,
    sample_quality,
    squared_discrepancy,
)

seeds = st.integers(0, 2**32 - 1)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def gaussian(generator, size, rank):
    factor = torch.from_numpy(generator.standard_normal((size, rank)))
    return Gaussian(torch.from_numpy(generator.standard_normal(size)), factor @ factor.T)


@given(seed=seeds, size=st.integers(1, 8))
def test_the_frechet_distance_is_that_of_a_general_matrix_root(seed, size):
    generator = np.random.default_rng(seed)
    one, other = (gaussian(generator, size, size + 2) for _ in range(2))
    root = sqrtm(one.covariance.numpy() @ other.covariance.numpy()).real
    expected = (
        (one.mean - other.mean).square().sum()
        + one.covariance.trace()
        + other.covariance.trace()
        - 2 * root.trace()
    )
    assert float(frechet_distance(one, other)) == pytest.approx(float(expected), rel=1e-6)
    assert float(frechet_distance(other, one)) == pytest.approx(float(expected), rel=1e-6)


def test_gaussians_with_common_axes_have_a_closed_form_even_where_they_are_flat():
    axes = torch.from_numpy(ortho_group.rvs(4, random_state=0))
    deviations = torch.tensor([[2.0, 1, 0, 0], [0.5, 0, 0, 3]]).double()
    means = torch.tensor([[1.0, 2, 3, 4], [1, 2, 3, 0]]).double()
    one, other = (
        Gaussian(mean, axes * deviation.square() @ axes.T)
        for mean, deviation in zip(means, deviations, strict=True)
    )
    expected = 4**2 + (deviations[0] - deviations[1]).square().sum()
    assert float(frechet_distance(one, other)) == pytest.approx(float(expected))
    assert float(frechet_distance(one, one)) == pytest.approx(0, abs=1e-6)


def test_moments_of_a_resample_are_those_of_its_images_repeated():
    features = normal(700, 3)
    counts = torch.from_numpy(np.random.default_rng(0).multinomial(700, [1 / 700] * 700, size=4))
    found = Gaussian.of_resamples(features, counts.double() / 700)
    for mean, covariance, repeats in zip(*found, counts, strict=True):
        repeated = features.double().repeat_interleave(repeats, dim=0)
        torch.testing.assert_close(mean, repeated.mean(dim=0))
        np.testing.assert_allclose(covariance, np.cov(repeated.T.numpy()))


def test_the_interval_is_as_wide_as_distances_of_fresh_samples_scatter():
    real = normal(4000, 3)
    samples = 1.2 * normal(60, 500, 3, seed=1) + 0.3
    found = [frechet_distance_interval(sample, real) for sample in samples]
    scatter = np.std([distance for distance, _ in found])
    widths = [upper - lower for _, (lower, upper) in found]
    assert np.mean(widths) == pytest.approx(2 * 1.96 * scatter, rel=0.3)
    expected = np.mean([distance for distance, _ in found])
    hits = [lower <= expected <= upper for _, (lower, upper) in found]
    assert np.mean(hits) > 0.85


def test_the_interval_holds_the_distance_of_equal_sets_too():
    distance, (lower, upper) = frechet_distance_interval(normal(300, 8), normal(900, 8, seed=1))
    assert lower < distance < upper


def mean_similarity(x, y):
    return polynomial_kernel(x, y, degree=3, gamma=1 / x.shape[1], coef0=1)


@given(seed=seeds, count=st.integers(2, 9), others=st.integers(2, 9))
def test_the_discrepancy_leaves_out_each_image_with_itself(seed, count, others):
    x, y = normal(count, 5, seed=seed).double(), normal(others, 5, seed=seed + 1).double() + 1
    within = [
        np.mean(mean_similarity(points, points)[~np.eye(len(points), dtype=bool)])
        for points in (x, y)
    ]
    expected = sum(within) - 2 * mean_similarity(x, y).mean()
    assert float(squared_discrepancy(x, y)) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_equal_distributions_are_at_no_kernel_distance_within_its_error():
    scores = []
    for seed in range(40):
        distance, error = kernel_distance(
            normal(400, 4, seed=seed), normal(500, 4, seed=100 + seed)
        )
        scores.append(distance / error)
    # Two blocks: half of Student's t with one degree of freedom lies within 1.
    assert 0.25 < np.mean(np.abs(scores) < 1) < 0.75
    assert 0.25 < np.mean(np.array(scores) < 0) < 0.75


def test_a_kernel_distance_tells_what_a_frechet_distance_does_not():
    skewed = torch.distributions.Exponential(1.0)
    torch.manual_seed(0)
    features = skewed.sample((4000, 4)) - 1
    distance, error = kernel_distance(features, normal(4000, 4))
    assert distance > 5 * error > 0


def test_blocks_are_mixed_whatever_the_order_of_the_images():
    real = normal(4000, 4)
    in_order = real[real[:, 0].argsort()]
    distance, error = kernel_distance(normal(4000, 4, seed=1), in_order)
    assert abs(distance) < 5 * error < 0.5


def test_neighbourhoods_on_a_line_by_hand():
    real = torch.tensor([[0.0], [1], [10], [20]])
    radii = torch.tensor([1.0, 1, 2, 3])
    # The first lies in two neighbourhoods, the third and fourth in one, the others in none.
    features = torch.tensor([[0.5], [5], [11.5], [9], [30]])
    density, coverage = density_and_coverage(features, real, radii)
    assert density == pytest.approx(4 / (5 * 5))
    assert coverage == 3 / 4


def test_images_like_the_real_ones_have_density_one_and_cover_them():
    examiner = judge(count=1500)
    features = examiner.features(torch.from_numpy(shapes(1500, seed=2)[0]) / 255)
    density, coverage = density_and_coverage(features, examiner.real_features, examiner.real_radii)
    assert density == pytest.approx(1, abs=0.1)
    # A real image's neighbourhood holds none of as many others once in 2^5 times.
    assert coverage == pytest.approx(1 - 2**-5, abs=0.03)


def test_what_is_measured_of_each_image():
    examiner = judge()
    images = torch.from_numpy(shapes(50, seed=2)[0]) / 255
    found = sample_quality(images, examiner)
    probabilities = examiner.probabilities(examiner.features(images)).double().numpy()
    confidence = probabilities.max(axis=1)
    np.testing.assert_allclose(found.entropy, entropy(probabilities, axis=1), rtol=1e-4)
    assert 0 < found.quality.recognised == np.mean(confidence >= 0.9) < 1
    assert found.quality.confidence == pytest.approx(confidence.mean(), rel=1e-5)
    assert found.quality.class_entropy == pytest.approx(found.entropy.mean())
    balance = entropy(probabilities.mean(axis=0)) / math.log(10)
    assert found.quality.class_balance == pytest.approx(balance, rel=1e-4)
    for name in ("frechet", "recognised", "sharpness"):
        lower, upper = getattr(found.quality, f"{name}_interval")
        assert lower < getattr(found.quality, name) < upper


def test_real_images_are_as_sharp_as_real_images_and_paler_ones_less():
    examiner = judge()
    images = examiner.real_images / 255
    assert sample_quality(images, examiner).quality.sharpness == pytest.approx(1)
    # The energy is a square.
    assert sample_quality(images / 2, examiner).quality.sharpness == pytest.approx(1 / 4)


def test_the_scale_of_features_tells_nothing():
    images = torch.from_numpy(shapes(60, seed=2)[0]) / 255
    small, large = (
        sample_quality(images, judge(scale=scale)).quality.model_dump() for scale in (1.0, 50.0)
    )
    for name, value in small.items():
        assert large[name] == pytest.approx(value, rel=1e-3), name


@pytest.mark.parametrize("count", [4, 30, 150])
def test_few_images_in_a_large_feature_space_are_measured(count):
    images = torch.from_numpy(shapes(count, seed=2)[0]) / 255
    quality = sample_quality(images, judge(features=64)).quality
    assert math.isfinite(sum(quality.frechet_interval))
    assert quality.kernel_error > 0
