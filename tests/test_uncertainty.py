"""Bootstrap intervals: how often they hold the truth, and what they are made of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap

from vae_report import uncertainty
from vae_report.uncertainty import mean_interval, percentile_interval, resampled_weights


def width(interval):
    lower, upper = interval
    return upper - lower


@pytest.mark.parametrize(
    ("draw", "mean"),
    [
        (lambda generator: generator.normal(3, 2, 200), 3),
        (lambda generator: generator.gamma(4, 0.5, 200), 2),
        (lambda generator: generator.random(200) < 0.8, 0.8),
    ],
    ids=["normal", "skewed", "shares"],
)
def test_95_intervals_of_100_hold_the_true_mean(draw, mean):
    generator = np.random.default_rng(1)
    intervals = np.array([mean_interval(draw(generator)) for _ in range(1000)])
    held = ((intervals[:, 0] <= mean) & (mean <= intervals[:, 1])).mean()
    # Three standard errors of a share of 1000, of which a resampled interval falls a little short.
    assert 0.925 < held < 0.971


def test_the_interval_is_that_of_scipy_but_for_its_draws():
    values = np.random.default_rng(2).gamma(2, size=500)
    expected = bootstrap((values,), np.mean, method="percentile", rng=3).confidence_interval
    assert mean_interval(values) == pytest.approx(expected, abs=0.1 * width(expected))


def test_what_two_models_share_cancels_in_the_interval_of_their_difference():
    generator = np.random.default_rng(4)
    difficulty = generator.normal(100, 20, 500)
    first, second = (difficulty + generator.normal(0, 1, 500) for _ in range(2))
    paired = mean_interval(first - second)
    assert width(paired) < 0.1 * np.hypot(*(width(mean_interval(each)) for each in (first, second)))


def test_all_values_of_a_number_of_images_are_resampled_alike():
    first, second = np.random.default_rng(5).random((2, 300))
    weights = resampled_weights(300)
    apart = percentile_interval(weights @ first - weights @ second)
    assert mean_interval(first - second) == pytest.approx(apart)


def test_the_same_values_have_the_same_interval():
    values = np.random.default_rng(6).random(100)
    before = mean_interval(values)
    uncertainty._weights.cache_clear()
    mean_interval(values[:50])
    assert mean_interval(values) == before


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30))
def test_an_interval_lies_among_the_values(values):
    lower, upper = mean_interval(np.array(values))
    assert min(values) - 1e-9 <= lower <= upper <= max(values) + 1e-9


@given(st.integers(1, 40), st.integers(1, 20))
def test_each_resample_draws_as_many_as_there_are(count, resamples):
    weights = resampled_weights(count, resamples=resamples)
    assert weights.shape == (resamples, count)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    drawn = weights * count
    np.testing.assert_allclose(drawn, drawn.round(), atol=1e-9)


def test_what_goes_by_another_name_is_resampled_independently():
    images, samples = (resampled_weights(200, of) for of in ("images", "samples"))
    assert (images != resampled_weights(200)).sum() == 0
    # The variance of the weights' covariance over 200 values, of 1000 resamples each.
    covariances = np.mean((200 * images - 1) * (200 * samples - 1), axis=0)
    assert np.abs(covariances).max() < 5 / np.sqrt(1000)


def test_one_value_is_certain():
    assert mean_interval(np.array([7.5], np.float32)) == (7.5, 7.5)
