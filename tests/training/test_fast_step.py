import os
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load, save

from registered import MODELS
from vae_report.models.autoencoders import AE, VAE, as_pixels
from vae_report.models.likelihoods import BERNOULLI, LIKELIHOODS, Likelihood
from vae_report.models.objectives import loss_terms
from vae_report.training.fast_step import FastStep
from vae_report.training.loop import PlainStep

PIXELS = 49
RATE = 1e-3


@pytest.fixture(autouse=True)
def one_thread():
    """Products this small take far longer when two threads must meet after each."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def twins(
    kind: str,
    latent: int,
    hidden: tuple[int, ...],
    pixels: int = PIXELS,
    likelihood: Likelihood = BERNOULLI,
) -> list[AE]:
    models = []
    for _ in range(2):
        torch.manual_seed(0)
        models.append(MODELS[kind](latent, hidden, pixels, likelihood))
    return models


def draw_images(count: int, pixels: int = PIXELS, seed: int = 0) -> torch.Tensor:
    """Images with a structure that a model can learn: blends of four patterns."""
    generator = torch.Generator().manual_seed(seed)
    patterns = torch.rand(4, pixels, generator=torch.Generator().manual_seed(1)).round()
    blends = torch.rand(count, 4, generator=generator).softmax(1) @ patterns
    return (255 * blends).to(torch.uint8)


def draw_noise(count: int, latent: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, latent, generator=torch.Generator().manual_seed(seed))


@settings(deadline=None, max_examples=60)
@given(
    kind=st.sampled_from(["vae", "ae"]),
    latent=st.integers(1, 9),
    hidden=st.lists(st.integers(1, 40), min_size=1, max_size=3).map(tuple),
    pixels=st.integers(1, 60),
    count=st.integers(1, 40),
    beta=st.sampled_from([0.0, 0.1, 1.0, 4.0, 16.0]),
    likelihood=st.sampled_from(list(LIKELIHOODS.values())),
)
def test_gradients_and_terms_are_those_of_autograd(
    kind, latent, hidden, pixels, count, beta, likelihood
):
    differentiated, model = twins(kind, latent, hidden, pixels, likelihood)
    images, noise = draw_images(count, pixels), draw_noise(count, latent)

    terms = loss_terms(differentiated, as_pixels(images), noise)
    terms.loss(beta).mean().backward()
    measured = FastStep(model)(images, noise, RATE, beta)

    torch.testing.assert_close(
        measured, torch.stack([terms.bce.mean(), terms.kl.mean()]), rtol=1e-5, atol=1e-5
    )
    for (name, expected), parameter in zip(
        differentiated.named_parameters(), model.parameters(), strict=True
    ):
        torch.testing.assert_close(
            parameter.grad, expected.grad, rtol=1e-5, atol=1e-5, msg=lambda m, n=name: f"{n}: {m}"
        )


@pytest.mark.parametrize("kind", ["vae", "ae"])
@pytest.mark.parametrize("hidden", [(400,), (512, 256)])
def test_gradients_agree_at_the_size_of_the_report(kind, hidden):
    differentiated, model = twins(kind, 16, hidden, 784)
    images, noise = draw_images(128, 784), draw_noise(128, 16)

    loss_terms(differentiated, as_pixels(images), noise).loss(1.0).mean().backward()
    FastStep(model)(images, noise, RATE, 1.0)

    for expected, parameter in zip(differentiated.parameters(), model.parameters(), strict=True):
        torch.testing.assert_close(parameter.grad, expected.grad, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("beta", [0.0, 1.0, 4.0])
@pytest.mark.parametrize(("kind", "hidden"), [("vae", (32,)), ("vae", (32, 16)), ("ae", (32, 16))])
def test_training_follows_the_plain_step(kind, hidden, beta):
    reference, model = twins(kind, 3, hidden)
    plain, fast = PlainStep(reference, 32), FastStep(model)

    curves = []
    for number in range(300):
        images, noise = draw_images(32, seed=number), draw_noise(32, 3, seed=number)
        rate = 3e-3 if number < 150 else 1e-3
        curves.append((plain(images, noise, rate, beta), fast(images, noise, rate, beta)))
    weights = torch.tensor([1.0, beta])
    expected, measured = (torch.stack(curve) @ weights for curve in zip(*curves, strict=True))

    assert measured[-50:].mean() < 0.9 * measured[:10].mean()
    torch.testing.assert_close(measured, expected, rtol=1e-3, atol=0.0)


def test_one_step_updates_as_adam_does():
    reference, model = twins("vae", 3, (32,))
    images, noise = draw_images(32), draw_noise(32, 3)

    PlainStep(reference, 32)(images, noise, RATE, 1.0)
    FastStep(model)(images, noise, RATE, 1.0)

    # Adam's first step has the length of the learning rate whatever the gradient's, so that only
    # a gradient about as small as its ε = 1e-8 can move a weight differently.
    for expected, parameter in zip(reference.parameters(), model.parameters(), strict=True):
        torch.testing.assert_close(parameter, expected, rtol=1e-5, atol=1e-2 * RATE)


def test_the_model_holds_the_trained_weights():
    untrained, model = twins("vae", 3, (32, 16))
    step = FastStep(model)
    for name, tensor in untrained.state_dict().items():
        torch.testing.assert_close(model.state_dict()[name], tensor, rtol=0.0, atol=0.0)

    before, _ = step(draw_images(32), draw_noise(32, 3), RATE, 1.0)
    restored = VAE(3, (32, 16), PIXELS)
    restored.load_state_dict(load(save(model.state_dict())))
    after, _ = FastStep(restored)(draw_images(32), draw_noise(32, 3), RATE, 1.0)

    assert after < before


def test_the_same_steps_give_the_same_weights():
    first, second = twins("vae", 3, (32, 16))
    for model in (first, second):
        step = FastStep(model)
        for number in range(20):
            step(draw_images(32, seed=number), draw_noise(32, 3, seed=number), RATE, 1.0)
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, other)


def test_images_and_noise_are_left_alone():
    _, model = twins("vae", 3, (32,))
    images, noise = draw_images(32), draw_noise(32, 3)
    FastStep(model)(images, noise, RATE, 1.0)
    assert torch.equal(images, draw_images(32))
    assert torch.equal(noise, draw_noise(32, 3))


def test_batches_may_change_size():
    reference, model = twins("vae", 3, (32,))
    plain, fast = PlainStep(reference, 32), FastStep(model)
    for count in (32, 7, 1, 32):
        images, noise = draw_images(count), draw_noise(count, 3)
        torch.testing.assert_close(
            fast(images, noise, RATE, 1.0), plain(images, noise, RATE, 1.0), rtol=1e-4, atol=1e-4
        )


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells it")
def test_memory_does_not_grow_with_steps():
    def resident_bytes() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    _, model = twins("vae", 8, (64,), 784)
    step, images, noise = FastStep(model), draw_images(128, 784), draw_noise(128, 8)
    for _ in range(100):
        step(images, noise, RATE, 1.0)
    before = resident_bytes()
    for _ in range(400):
        step(images, noise, RATE, 1.0)

    one_batch = 4 * images.numel()
    assert resident_bytes() - before < 10 * one_batch
