"""Distances between sets of features, against closed forms and independent implementations."""

import math
from dataclasses import asdict

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from judges import judge
from scipy.ndimage import laplace
from scipy.stats import entropy
from sklearn.metrics.pairwise import polynomial_kernel

from small_report import shapes
from vae_report.measurements.quality import kernel_distance, sample_quality, squared_discrepancy
from vae_report.results.uncertainty import percentile_interval

seeds = st.integers(0, 2**32 - 1)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


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


def test_images_like_the_real_ones_have_density_one_and_cover_them():
    quality = sample_quality(
        torch.from_numpy(shapes(1500, seed=2)[0]) / 255, judge(count=1500)
    ).quality
    assert quality.density == pytest.approx(1, abs=0.1)
    # A real image's neighbourhood holds none of as many others once in 2^5 times.
    assert quality.coverage == pytest.approx(1 - 2**-5, abs=0.03)


def test_what_is_measured_of_each_image():
    examiner = judge()
    images = torch.from_numpy(shapes(50, seed=2)[0]) / 255
    found = sample_quality(images, examiner)
    probabilities = examiner.probabilities(examiner.features(images)).double().numpy()
    confidence = probabilities.max(axis=1)
    np.testing.assert_allclose(found.entropy, entropy(probabilities, axis=1), rtol=1e-4)
    np.testing.assert_array_equal(found.recognised, confidence >= 0.9)
    assert 0 < found.quality.recognised == np.mean(confidence >= 0.9) < 1
    energies = [np.square(laplace(image)[1:-1, 1:-1]).sum() for image in images.view(-1, 28, 28)]
    np.testing.assert_allclose(found.sharpness, energies, rtol=1e-4)
    assert found.quality.frechet_interval == percentile_interval(found.frechet_resampled)
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
        asdict(sample_quality(images, judge(scale=scale)).quality) for scale in (1.0, 50.0)
    )
    for name, value in small.items():
        assert large[name] == pytest.approx(value, rel=1e-3), name


@pytest.mark.parametrize("count", [4, 30, 150])
def test_few_images_in_a_large_feature_space_are_measured(count):
    images = torch.from_numpy(shapes(count, seed=2)[0]) / 255
    quality = sample_quality(images, judge(features=64)).quality
    assert math.isfinite(sum(quality.frechet_interval))
    assert quality.kernel_error > 0
