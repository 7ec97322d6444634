"""Streams of random numbers: the same for the same purpose and seed, and for no other."""

import subprocess
import sys

import pytest
import torch

from small_report import run_settings, shapes
from vae_report.training import loop as training
from vae_report.training.loop import Images, train
from vae_report.training.streams import stream, stream_seed


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


def test_a_stream_is_the_same_in_another_process():
    program = "from vae_report.training.streams import stream_seed; print(stream_seed(7, 'order'))"
    other = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert int(other.stdout) == stream_seed(7, "order")


def drawn_in_training(monkeypatch, **settings):
    """Train a run; return what it drew, and on which images it trained."""
    noises, seen, prior = [], [], []

    class Recording(training.FastStep):
        def __call__(self, images, noise, rate, beta):
            seen.append(images.clone())
            noises.append(None if noise is None else noise.clone())
            return super().__call__(images, noise, rate, beta)

    class Watched(training.RunInProgress):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            prior.append(self._prior_draws.clone())

    train_images, validation = (torch.from_numpy(shapes(count)[0]) for count in (300, 60))
    images = Images(train_images, validation, validation[:10])
    with monkeypatch.context() as patched:
        patched.setattr(training, "FastStep", Recording)
        patched.setattr(training, "RunInProgress", Watched)
        train(run_settings(**settings), images)
    return prior[0], noises, seen


def test_the_fixed_prior_draws_are_not_the_first_training_noise(monkeypatch):
    prior, noises, _ = drawn_in_training(monkeypatch)
    first = noises[0].reshape(-1)[: prior.numel()]
    assert prior.numel() == first.numel() == 20
    assert not torch.isclose(prior.reshape(-1), first).any()


@pytest.mark.parametrize("seed", [1, 100])
def test_another_seed_has_another_order_and_another_noise(monkeypatch, seed):
    _, noises, seen = drawn_in_training(monkeypatch)
    _, other_noises, others = drawn_in_training(monkeypatch, seed=seed)
    assert not torch.equal(seen[0], others[0])
    assert not torch.equal(noises[0], other_noises[0])
