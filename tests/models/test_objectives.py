"""The terms of the loss against independent implementations and cases worked by hand."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Independent, Normal, kl_divergence

from own.models.objectives import FreeBitsVAE, TotalCorrelationVAE
from registered import MODELS
from vae_report.models.autoencoders import AE, VAE, as_pixels
from vae_report.models.likelihoods import BERNOULLI, CONTINUOUS_BERNOULLI
from vae_report.models.objectives import (
    Terms,
    kl_from_prior,
    loss_terms,
    measure_terms,
    seen_by,
)

SHAPES = {"count": st.integers(1, 7), "width": st.integers(1, 40), "seed": st.integers(0, 2**32)}


def normal(*shape, seed=0, spread=1.0):
    return spread * torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@given(**SHAPES)
def test_cross_entropy_is_the_bernoulli_log_probability_of_real_valued_pixels(count, width, seed):
    logits = normal(count, width, seed=seed, spread=3).double()
    pixels = torch.rand(count, width, generator=torch.Generator().manual_seed(seed)).double()
    # Bernoulli.log_prob takes no target between 0 and 1, so that the formula stands in for it.
    p = torch.sigmoid(logits)
    expected = -(pixels * p.log() + (1 - pixels) * (1 - p).log()).sum(dim=1)
    torch.testing.assert_close(BERNOULLI.cross_entropy(logits, pixels), expected)


@given(**SHAPES)
def test_cross_entropy_of_binary_pixels_is_that_of_torch_distributions(count, width, seed):
    logits = normal(count, width, seed=seed, spread=3)
    pixels = (normal(count, width, seed=seed + 1) > 0).float()
    expected = -torch.distributions.Bernoulli(logits=logits).log_prob(pixels).sum(dim=1)
    torch.testing.assert_close(BERNOULLI.cross_entropy(logits, pixels), expected)


@given(**SHAPES)
def test_rate_is_the_divergence_of_torch_distributions(count, width, seed):
    mean, log_variance = normal(2, count, width, seed=seed, spread=2)
    posterior = Independent(Normal(mean, torch.exp(0.5 * log_variance)), 1)
    prior = Independent(Normal(torch.zeros_like(mean), torch.ones_like(mean)), 1)
    torch.testing.assert_close(kl_from_prior(mean, log_variance), kl_divergence(posterior, prior))


def test_cross_entropy_by_hand():
    logits = torch.tensor([[0.0, 0.0], [math.log(3), -math.log(3)]])
    pixels = torch.tensor([[0.3, 1.0], [1.0, 0.5]])
    # p = 1/2 costs log 2 whatever the pixel; then p = 3/4 and p = 1/4.
    expected = [2 * math.log(2), math.log(4 / 3) + 0.5 * math.log(4) + 0.5 * math.log(4 / 3)]
    assert BERNOULLI.cross_entropy(logits, pixels).tolist() == pytest.approx(expected)


def test_cross_entropy_of_certain_logits_is_finite():
    logits, pixels = torch.tensor([[200.0, -200.0]]), torch.tensor([[0.0, 1.0]])
    assert BERNOULLI.cross_entropy(logits, pixels).tolist() == [400.0]


def test_rate_by_hand():
    mean = torch.tensor([[0.0, 0.0], [1.0, -2.0], [0.0, 0.0]])
    log_variance = torch.tensor([[0.0, 0.0], [0.0, 0.0], [math.log(4), 0.0]])
    expected = [0.0, (1 + 4) / 2, (4 - 1 - math.log(4)) / 2]
    assert kl_from_prior(mean, log_variance).tolist() == pytest.approx(expected)


def test_beta_weighs_the_rate_alone():
    terms = Terms(bce=torch.tensor([3.0, 5.0]), kl=torch.tensor([2.0, 0.5]))
    assert terms.loss(0).tolist() == [3.0, 5.0]
    assert terms.loss(1).tolist() == [5.0, 5.5]
    assert terms.loss(4).tolist() == [11.0, 7.0]


def test_an_autoencoder_has_no_rate_and_no_noise():
    model, pixels = AE(3, (8,), pixels=20), torch.rand(5, 20)
    silent, noisy = loss_terms(model, pixels), loss_terms(model, pixels, normal(5, 3))
    assert torch.equal(silent.bce, noisy.bce)
    assert silent.kl.tolist() == [0.0] * 5


def test_the_loss_decodes_the_noisy_latent_vector():
    model, pixels, noise = VAE(3, (8,), pixels=20), torch.rand(5, 20), normal(5, 3)
    mean, log_variance = model.encode(pixels)
    latents = mean + torch.exp(log_variance / 2) * noise
    expected = BERNOULLI.cross_entropy(model.decode(latents), pixels)
    torch.testing.assert_close(loss_terms(model, pixels, noise).bce, expected)


@pytest.mark.parametrize("kind", ["vae", "ae"])
@pytest.mark.parametrize("likelihood", [BERNOULLI, CONTINUOUS_BERNOULLI])
def test_the_terms_of_every_image_are_measured_whatever_the_chunks(kind, likelihood):
    model = MODELS[kind](2, (8,), 20, likelihood)
    images = torch.randint(0, 256, (1700, 20), dtype=torch.uint8)
    measured = measure_terms(model, images, torch.Generator().manual_seed(3))
    # One normal deviate for each latent dimension of each image, from the generator alone.
    pixels, noise = as_pixels(images), normal(1700, 2, seed=3)
    with torch.inference_mode():
        sampled, decoded = loss_terms(model, pixels, noise), loss_terms(model, pixels)
    for terms, expected in zip(measured, (*sampled, decoded.bce), strict=True):
        torch.testing.assert_close(terms, expected)
    assert torch.equal(measured.mean_decoded_loss, measured.mean_decoded_bce + measured.kl)
    again = measure_terms(model, images, torch.Generator().manual_seed(3))
    assert all(map(torch.equal, measured, again))


@pytest.mark.parametrize("kind", ["vae", "ae"])
def test_the_loss_of_a_model_that_has_none_of_its_own_is_the_weighted_sum(kind):
    model, pixels, noise = MODELS[kind](3, (8,), pixels=20), torch.rand(5, 20), normal(5, 3)
    batch = seen_by(model, pixels, noise, train_images=50)
    bce, kl = loss_terms(model, pixels, noise)
    assert model.loss(batch, 4.0).item() == pytest.approx((bce + 4 * kl).mean().item())


def test_free_bits_leave_a_dimension_its_rate_up_to_a_number_of_nats():
    model, pixels, noise = FreeBitsVAE(3, (8,), 20, BERNOULLI), torch.rand(5, 20), normal(5, 3)
    batch = seen_by(model, pixels, noise, train_images=50)
    mean, log_variance = batch.code
    standard = Normal(0.0, 1.0)
    rates = kl_divergence(Normal(mean, (log_variance / 2).exp()), standard).mean(dim=0).tolist()
    assert model.loss(batch, 2.0).item() == pytest.approx(
        batch.terms.bce.mean().item() + 2 * sum(rates), rel=1e-5
    )
    least, middle, most = sorted(rates)
    model.free_bits = (least + middle) / 2
    expected = batch.terms.bce.mean().item() + 2 * (model.free_bits + middle + most)
    assert model.loss(batch, 2.0).item() == pytest.approx(expected, rel=1e-5)


def test_the_total_correlation_of_a_batch_is_that_of_its_densities_one_by_one():
    count, latent, train_images = 5, 3, 50
    model = TotalCorrelationVAE(latent, (8,), 20, BERNOULLI)
    pixels, noise = torch.rand(count, 20), normal(count, latent)
    with torch.no_grad():
        batch = seen_by(model, pixels, noise, train_images)
    mean, log_variance = batch.code
    posterior, prior = Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0)
    expected = []
    for image, z in enumerate(batch.latents):
        density = posterior.log_prob(z).exp()  # of this latent vector, under each image's posterior
        joint = math.log(density.prod(dim=1).sum() / (count * train_images))
        product = sum(math.log(each / (count * train_images)) for each in density.sum(dim=0))
        own = density[image].log().sum()
        beyond_prior = product - prior.log_prob(z).sum()
        loss = batch.terms.bce[image] + own - joint + 4 * (joint - product) + beyond_prior
        expected.append(loss.item())
    assert model.loss(batch, 4.0).item() == pytest.approx(sum(expected) / count, rel=1e-5)
