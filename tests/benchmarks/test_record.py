"""How repetitions are taken and summarised."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_report.benchmarks.record import Summary, ratio, take_turns

VALUES = st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=20)


@given(VALUES)
def test_a_summary_is_the_median_between_its_quartiles(values):
    summary = Summary.of(values, "s")
    assert summary.median == pytest.approx(np.median(values))
    assert summary.lower_quartile <= summary.median <= summary.upper_quartile
    assert sum(value <= summary.lower_quartile * (1 + 1e-9) for value in values) >= len(values) / 4
    assert (summary.unit, summary.repetitions) == ("s", len(values))


def test_alternatives_take_turns_and_the_discarded_come_first():
    log = []

    def measure(name):
        log.append(name)
        return float(len(log))

    taken = take_turns({"a": lambda: measure("a"), "b": lambda: measure("b")}, 2, discard=1)
    assert log == ["a", "b"] * 3
    assert taken == {"a": [3.0, 5.0], "b": [4.0, 6.0]}


def test_a_ratio_compares_neighbouring_turns():
    # The machine is ten times slower in the second turn, and the ratio is the same.
    summary = ratio({"slow": [2.0, 20.0, 2.2], "fast": [1.0, 10.0, 1.0]}, "slow", "fast")
    assert (summary.median, summary.unit, summary.repetitions) == (2.0, "times", 3)
    assert summary.upper_quartile == pytest.approx(2.1)
