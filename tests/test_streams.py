"""Streams of random numbers: the same for the same purpose and seed, and for no other."""

import pytest
import torch

from vae_report.streams import stream, stream_seed


def drawn(seed, purpose):
    return torch.randn(1000, generator=stream(seed, purpose))


def test_a_seed_draws_the_same_for_one_purpose():
    assert torch.equal(drawn(3, "order"), drawn(3, "order"))


@pytest.mark.parametrize(("seed", "purpose"), [(3, "training noise"), (4, "order"), (-3, "order")])
def test_another_purpose_or_seed_draws_independently(seed, purpose):
    pair = torch.stack([drawn(3, "order"), drawn(seed, purpose)])
    assert pair.corrcoef()[0, 1].abs() < 0.15


def test_seeds_fit_what_takes_them():
    assert all(0 <= stream_seed(seed, "order") < 2**63 for seed in range(100))
