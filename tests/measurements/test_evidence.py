"""The importance-weighted bound against a model whose evidence has a closed form."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from subjects import subject
from torch.distributions import MultivariateNormal, Normal

from vae_report.measurements import evidence
from vae_report.measurements.elbo import loss
from vae_report.measurements.evidence import importance_weighted_bound, log_mean_weight
from vae_report.models.autoencoders import VAE, Code, as_pixels
from vae_report.models.likelihoods import LIKELIHOODS
from vae_report.models.objectives import loss_terms
from vae_report.training.streams import stream

SCALE = 0.7


def linear_gaussian(seed, count=5, pixels=6, latent=2):
    """x = W z + noise, the columns of W at right angles, so that posteriors are diagonal."""
    draws = torch.Generator().manual_seed(seed)
    basis, _ = torch.linalg.qr(torch.randn(pixels, latent, generator=draws).double())
    weight = basis * torch.tensor([2.0, 0.5]).double()
    observed = torch.randn(count, pixels, generator=draws).double()
    precision = 1 + weight.square().sum(dim=0) / SCALE**2
    posterior = Code(
        observed @ weight / (SCALE**2 * precision), (-precision.log()).expand(count, -1)
    )
    covariance = weight @ weight.T + SCALE**2 * torch.eye(pixels).double()
    exact = MultivariateNormal(torch.zeros(pixels).double(), covariance).log_prob(observed)

    def log_likelihood(latents):
        return Normal(latents @ weight.T, SCALE).log_prob(observed).sum(dim=-1)

    return posterior, log_likelihood, exact


def draws(seed):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=draws(seed)).double()


@given(seed=st.integers(0, 2**32), samples=st.integers(1, 9))
def test_the_true_posterior_gives_the_evidence_from_any_draws(seed, samples):
    posterior, log_likelihood, exact = linear_gaussian(seed)
    bound = log_mean_weight(posterior, normal(samples, 5, 2, seed=seed), log_likelihood)
    torch.testing.assert_close(bound, exact)


def test_a_wrong_posterior_gives_a_bound_that_rises_to_the_evidence():
    (mean, log_variance), log_likelihood, exact = linear_gaussian(0)
    wrong = Code(mean + 0.3, log_variance + 0.5)
    gaps = [
        # Averaged over many sets of draws: the bound is one on an expectation.
        torch.stack(
            [
                exact - log_mean_weight(wrong, normal(samples, 5, 2, seed=seed), log_likelihood)
                for seed in range(4000 // samples)
            ]
        ).mean()
        for samples in (1, 10, 1000)
    ]
    assert gaps[0] > 1.5 * gaps[1] > 0
    assert gaps[1] > 1.5 * gaps[2]
    assert gaps[2] == pytest.approx(0, abs=0.02)


def test_one_draw_of_a_posterior_is_an_elbo():
    posterior, log_likelihood, _ = linear_gaussian(1)
    wide = Code(posterior.mean, posterior.log_variance + 1)
    noise = normal(4_000, 5, 2)
    singles = torch.stack([log_mean_weight(wide, one[None], log_likelihood) for one in noise])
    kl = torch.distributions.kl_divergence(
        Normal(wide.mean, torch.exp(0.5 * wide.log_variance)), Normal(0.0, 1.0)
    ).sum(dim=1)
    latents = wide.mean + torch.exp(0.5 * wide.log_variance) * noise
    elbo = log_likelihood(latents).mean(dim=0) - kl
    torch.testing.assert_close(singles.mean(dim=0), elbo, atol=0.1, rtol=0)


def test_weights_beyond_the_range_of_floats_are_no_obstacle():
    code = Code(torch.zeros(1, 1), torch.zeros(1, 1))
    bound = log_mean_weight(code, torch.zeros(4, 1, 1), lambda latents: torch.full((4, 1), -1e5))
    assert bound.tolist() == [-1e5]


@pytest.fixture(params=LIKELIHOODS.values(), ids=LIKELIHOODS)
def model(request):
    torch.manual_seed(0)
    return VAE(3, (8,), 20, request.param)


def test_a_decoder_is_weighed_by_its_cross_entropy(model):
    images = torch.randint(0, 256, (7, 20), dtype=torch.uint8)
    noise = torch.randn(30, 7, 3, generator=draws(2))
    pixels = as_pixels(images)
    with torch.inference_mode():
        expected = log_mean_weight(
            model.encode(pixels),
            noise,
            lambda latents: torch.stack(
                [-model.likelihood.cross_entropy(model.decode(one), pixels) for one in latents]
            ),
        )
    measured = importance_weighted_bound(model, images, 30, draws(2))
    torch.testing.assert_close(measured, expected)


def test_the_bound_of_many_draws_lies_above_the_elbo(model):
    images = torch.randint(0, 256, (50, 20), dtype=torch.uint8)
    torch.nn.init.constant_(model.encoder[-1].bias, 1.0)
    bound = importance_weighted_bound(model, images, 200, draws(0)).mean()
    with torch.inference_mode():
        terms = [loss_terms(model, as_pixels(images), torch.randn(50, 3)) for _ in range(100)]
    assert bound > -torch.stack([each.loss(1).mean() for each in terms]).mean()


@pytest.mark.parametrize("samples", [1, 7, 5000])
def test_every_image_has_a_bound_whatever_the_chunks(model, samples):
    images = torch.randint(0, 256, (3, 20), dtype=torch.uint8)
    assert samples * len(images) < evidence.ROWS or samples > evidence.ROWS
    bound = importance_weighted_bound(model, images, samples, draws(0))
    assert bound.shape == (3,)
    assert math.isfinite(bound.sum().item())


def test_the_evidence_of_a_headline_vae():
    vae = subject("vae")
    measured = evidence.evidence(vae, importance_samples=50, seed=4, first=True)
    draws = stream(4, "importance draws")
    bound = importance_weighted_bound(vae.model, vae.images["test"], 50, draws).numpy()
    found = measured.values["evidence"]
    assert found["draws"] == 50
    assert found["bound"] == pytest.approx(-bound.mean())
    assert found["bound"] < loss(vae, 0).values["test"]["negative_elbo"]


@pytest.mark.parametrize(("kind", "first"), [("vae", False), ("ae", True)])
def test_no_other_run_has_its_evidence_measured(kind, first):
    measured = evidence.evidence(subject(kind), importance_samples=5, seed=0, first=first)
    assert measured.values == {"evidence": None}
    assert measured.arrays == {}
