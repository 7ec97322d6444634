"""Intervals over seeds and images: how often they hold the truth, and what they are made of."""

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap, norm, ttest_1samp

from vae_report.results import uncertainty
from vae_report.results.uncertainty import (
    Estimate,
    interval_of_seeds,
    mean_interval,
    percentile_interval,
    resampled_weights,
)

TRIALS, IMAGES, RESAMPLES = 1000, 200, 200


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


@cache
def made_up_parts(seeds):
    """Draw what is measured with some seeds, over and over, in the parts it is made of.

    Returns:
        Means over images, (TRIALS, S or 1), and on resamples, (TRIALS, S or 1, RESAMPLES), of what
        is hard for all seeds and of what is hard for one alone, both of variance 1 an image; and
        (TRIALS, S) shifts of whole seeds, of the variance of a mean over images.
    """
    random = np.random.default_rng([1, seeds])
    weights = resampled_weights(IMAGES, resamples=RESAMPLES)
    images, interaction = (random.normal(size=(TRIALS, many, IMAGES)) for many in (1, seeds))
    shifts = random.normal(size=(TRIALS, seeds)) / math.sqrt(IMAGES)
    both = [(each.mean(axis=-1), each @ weights.T) for each in (images, interaction)]
    return *both, shifts


def estimates(seeds, spread, share):
    """Estimate a mean that is 0 in truth, once a trial.

    Args:
        seeds: number of them.
        spread: standard deviation between seeds over that of the mean over images.
        share: standard deviation of the interaction, over that of the images.

    Yields:
        An estimate, and the standard deviation of its value over all trials that there could be.
    """
    deviation = math.sqrt((1 + (share**2 + spread**2) / seeds) / IMAGES)
    (images, resampled), (own, own_resampled), shifts = made_up_parts(seeds)
    values = images + share * own + spread * shifts
    for number in range(TRIALS):
        table = resampled[number] + share * own_resampled[number]
        table = table + spread * shifts[number][:, None]
        yield Estimate.of(list(values[number]), list(table)), deviation


def held(reaches):
    """Tell how often intervals hold the truth, given their half widths and what they are about.

    The mean of normal values is independent of how they scatter, and so of the width that follows
    from that: the chance that it lies within any width is known. The mean of these chances varies
    far less over trials than the share of intervals that happen to hold the truth.
    """
    widths, deviations = np.transpose(list(reaches))
    return np.mean(2 * norm.cdf(widths / deviations) - 1)


@pytest.mark.parametrize("share", [0, 0.5, 1], ids=lambda share: f"interaction {share}")
@pytest.mark.parametrize("spread", [0, 0.3, 1, 3, 10], ids=lambda spread: f"spread {spread}")
@pytest.mark.parametrize("seeds", [3, 5, 10], ids=lambda seeds: f"{seeds} seeds")
def test_intervals_over_seeds_and_images_hold_the_truth_as_often_as_they_promise(
    seeds, spread, share
):
    found = estimates(seeds, spread, share)
    # The most, 97.5 %, comes with three seeds that spread as far as the mean over images does.
    assert 0.93 <= held((each.half_width(), deviation) for each, deviation in found) <= 0.98


@pytest.mark.parametrize("seeds", [3, 10])
def test_a_chance_to_hold_the_truth_is_the_share_of_intervals_that_do(seeds):
    found = list(estimates(seeds, spread=1, share=1))
    share = np.mean([abs(each.value) <= each.half_width() for each, _ in found])
    chance = held((each.half_width(), deviation) for each, deviation in found)
    assert share == pytest.approx(chance, abs=4 * math.sqrt(chance * (1 - chance) / TRIALS))


def test_either_source_alone_would_promise_too_much():
    found = list(estimates(3, spread=10, share=0))
    assert held((1.96 * each.image_error, deviation) for each, deviation in found) < 0.5
    found = list(estimates(10, spread=0.3, share=0))
    assert held((2.26 * each.seed_error, deviation) for each, deviation in found) < 0.5


ESTIMATES = st.builds(
    Estimate,
    value=st.floats(-10, 10),
    seed_error=st.floats(1e-3, 5),
    image_error=st.floats(0, 5),
    deviation=st.floats(0, 10),
    seeds=st.integers(2, 12),
)


@given(ESTIMATES, st.floats(-20, 20))
def test_the_p_value_is_small_where_the_threshold_lies_outside_the_interval(estimate, threshold):
    lower, upper = estimate.interval()
    p_value = estimate.p_value(threshold)
    assert 0 < p_value <= 1
    if abs(p_value - 0.05) > 1e-9:
        assert (p_value < 0.05) == (not lower <= threshold <= upper)


@given(ESTIMATES, st.floats(-20, 20))
def test_an_interval_of_the_level_of_the_p_value_ends_at_the_threshold(estimate, threshold):
    p_value = estimate.p_value(threshold)
    if 1e-9 < p_value < 1 - 1e-9:
        reach = estimate.half_width(1 - p_value)
        assert reach == pytest.approx(abs(estimate.value - threshold), rel=1e-4)


def test_the_p_value_of_seeds_alone_is_that_of_a_t_test():
    values = [0.3, 0.5, 0.1, 0.4, 0.2]
    expected = ttest_1samp(values, 0.15).pvalue
    assert Estimate.of(values).p_value(0.15) == pytest.approx(expected, rel=1e-6)


def test_a_statistic_that_cannot_vary_in_small_steps_is_not_certain():
    resampled = [np.ones(100)] * 3
    assert Estimate.of([1.0] * 3, resampled).interval() == (1.0, 1.0)
    lower, upper = Estimate.of([1.0] * 3, resampled, resolution=1 / 16).interval()
    rounding = 1 / 16 / math.sqrt(12)
    assert upper - 1 == pytest.approx(4.3027 * rounding / math.sqrt(3), rel=1e-4)
    assert 1 - lower == pytest.approx(upper - 1)


def test_a_spread_that_all_seeds_share_cancels_in_differences():
    random = np.random.default_rng(7)
    seeds = random.normal(0, 5, 5)
    first, second = (seeds + random.normal(0, 0.1, 5) for _ in range(2))
    paired = Estimate.of(list(first - second)).half_width()
    assert paired < 0.1 * min(Estimate.of(list(each)).half_width() for each in (first, second))


@pytest.mark.parametrize("share", [0, 0.5, 1])
@pytest.mark.parametrize("spread", [0, 1, 10])
def test_the_interval_of_a_table_is_never_narrower_than_that_of_a_claim(spread, share):
    random = np.random.default_rng(8)
    weights = resampled_weights(IMAGES)
    for _ in range(50):
        images = random.normal(size=IMAGES)
        table = images + share * random.normal(size=(4, IMAGES))
        table += spread * random.normal(size=(4, 1)) / math.sqrt(IMAGES)
        values = table.mean(axis=1).tolist()
        claimed = Estimate.of(values, [weights @ row for row in table])
        halves = [1.96 * np.std(weights @ row) for row in table]
        ends = [(mean - half, mean + half) for mean, half in zip(values, halves, strict=True)]
        shown = interval_of_seeds(values, ends)
        assert width(shown) > 0.9999 * width(claimed.interval())
        assert sum(shown) / 2 == pytest.approx(claimed.value)
