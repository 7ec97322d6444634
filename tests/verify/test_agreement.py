"""Welch's test over replicates, and how often honest builds are called dishonest."""

import numpy as np
import pytest
from scipy import stats

from vae_report.verify.agreement import compare, too_few_compatible, too_many_far

NAN = float("nan")


def probability(here, published):
    return compare(np.array([here], float), np.array([published], float))[2].item()


def test_numbers_are_compared_by_welchs_test():
    here, published = [240.1, 241.7, 239.2, 240.0], [242.0, 241.1, 243.3]
    expected = stats.ttest_ind(here, published, equal_var=False).pvalue
    assert probability(here, published) == pytest.approx(expected)
    mine, theirs, _ = compare(np.array([here]), np.array([published]))
    for side, values in ((mine, here), (theirs, published)):
        lower, upper = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
        assert side.mean.item() == pytest.approx(np.mean(values))
        assert side.half_width.item() == pytest.approx((upper - lower) / 2)


def test_what_is_missing_does_not_count():
    expected = probability([1.1, 1.3, 1.2], [1.5, 1.7])
    assert probability([1.1, NAN, 1.3, 1.2], [1.5, 1.7, NAN]) == pytest.approx(expected)


@pytest.mark.parametrize(("here", "published"), [([1.1, NAN], [1, 2]), ([1, 2], [3.5, NAN])])
def test_a_single_training_is_not_judged(here, published):
    assert np.isnan(probability(here, published))


@pytest.mark.parametrize(
    ("here", "published", "compatible"),
    [
        ([0.25] * 3, [0.25] * 3, True),
        ([0.25] * 3, [0.25 * (1 + 1e-6)] * 3, True),
        ([0.25] * 3, [0.2501] * 3, False),
        ([0.1 + 0.2] * 3, [0.3] * 3, True),
        ([0.0] * 3, [0.0] * 3, True),
    ],
)
def test_without_spread_only_equal_numbers_are_compatible(here, published, compatible):
    assert probability(here, published) == (1 if compatible else 0)


@pytest.mark.parametrize(
    ("here", "published", "compatible"),
    [
        ([14, 14, 14], [14, 14, 15], True),
        ([14, 14, 14], [15, 15, 15], False),
        ([14, 14, 15], [15, 15, 15], True),
        ([14, 14, 14], [14, 14, 14], True),
        ([14, 14, 14], [16, 16, 16], False),
    ],
)
def test_counts_are_known_to_a_resolution_of_one(here, published, compatible):
    assert (probability(here, published) >= 0.05) == compatible


@pytest.mark.parametrize("seeds", [3, 5])
def test_honest_numbers_are_compatible_as_often_as_promised(seeds):
    generator = np.random.default_rng(seeds)
    here, published = generator.normal(size=(2, 20_000, seeds))
    share = np.mean(compare(here, published)[2] >= 0.05)
    assert 0.95 <= share < 0.98


def test_runs_with_too_few_compatible_numbers_are_noticed():
    assert too_few_compatible([0.8, 0.7, 0.85, 0.75, 0.8], [40] * 5)
    assert not too_few_compatible([1.0, 0.95, 0.9, 1.0, 0.85], [40] * 5)
    assert not too_few_compatible([1.0, 1.0, 0.0, 1.0, 1.0], [40] * 5), "one run goes with itself"


@pytest.mark.parametrize("shares", [[], [0.5], [0.93, 0.93]])
def test_few_runs_that_are_alike_prove_nothing(shares):
    assert not too_few_compatible(shares, [40] * len(shares))


def test_more_than_half_far_away_is_too_much():
    assert too_many_far(np.array([0.001, 0.001, 0.5]))
    assert not too_many_far(np.array([0.001, 0.01, 0.5]))
    assert not too_many_far(np.array([0.001, 0.5]))
    assert not too_many_far(np.array([]))
