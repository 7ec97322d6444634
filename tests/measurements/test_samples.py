"""Decoded draws, against densities of torch and models that hide nothing."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from judges import judge
from subjects import seen_by, subject
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from vae_report.measurements.quality import sample_quality
from vae_report.measurements.samples import log_aggregate_posterior, mixture, samples
from vae_report.models.autoencoders import AE, Code
from vae_report.results.uncertainty import percentile_interval

COUNT = 120


@given(
    seed=st.integers(0, 2**32),
    latent=st.integers(1, 5),
    images=st.integers(1, 30),
    draws=st.integers(1, 120),
)
def test_the_aggregate_posterior_is_a_mixture_of_posteriors(seed, latent, images, draws):
    generator = torch.Generator().manual_seed(seed)
    mean, log_variance = torch.randn(2, images, latent, generator=generator)
    latents = torch.randn(draws, latent, generator=generator)
    components = Independent(Normal(mean.double(), (0.5 * log_variance.double()).exp()), 1)
    expected = MixtureSameFamily(Categorical(torch.ones(images)), components)
    found = log_aggregate_posterior(latents, Code(mean, log_variance))
    torch.testing.assert_close(found, expected.log_prob(latents.double()), check_dtype=False)


def test_narrow_posteriors_far_out_cost_no_digits():
    mean, log_variance = torch.full((1, 2), 100.0), torch.full((1, 2), -14.0)
    latents = mean + torch.tensor([[0.0, 0.0], [1e-3, 0.0], [5.0, 0.0]])
    expected = Normal(mean.double(), (0.5 * log_variance.double()).exp()).log_prob(latents)
    found = log_aggregate_posterior(latents, Code(mean, log_variance))
    torch.testing.assert_close(found, expected.sum(dim=1), rtol=1e-6, atol=1e-4)


def test_samples_of_the_prior_are_judged_image_by_image():
    vae = subject("vae")
    measured = samples(vae, judge(), COUNT, seed=0)
    arrays = measured.arrays
    assert arrays["sample_images"].shape == (100, 784)
    assert 0 <= arrays["sample_images"].min() <= arrays["sample_images"].max() <= 1
    shown = sample_quality(torch.from_numpy(arrays["sample_images"]), judge())
    assert arrays["sample_density"].shape == (COUNT,)
    for name in ("entropy", "recognised", "sharpness"):
        assert arrays[f"sample_{name}"].shape == (COUNT,)
        np.testing.assert_allclose(arrays[f"sample_{name}"][:100], getattr(shown, name), rtol=1e-4)
    interval = measured.values["samples"]["frechet_interval"]
    assert interval == percentile_interval(arrays["sample_frechet_resampled"])


def test_models_of_one_latent_size_and_seed_decode_the_same_draws():
    vae, ae = subject("vae"), subject("ae")
    ae.model.decoder.load_state_dict(vae.model.decoder.state_dict())
    of_vae, of_ae = (samples(each, judge(), 50, seed=1) for each in (vae, ae))
    assert of_vae.values == of_ae.values != samples(vae, judge(), 50, seed=2).values
    assert set(of_vae.arrays) - set(of_ae.arrays) == {"sample_density"}


def test_more_draws_lie_where_more_images_are_encoded():
    vae = subject("vae")
    with torch.no_grad():
        for parameter in vae.model.encoder.parameters():
            parameter.zero_()
    # Every posterior is the prior: so is the aggregate, wherever the draws fall.
    density = samples(vae, judge(), 3000, seed=0).arrays["sample_density"]
    entropy = np.log(2 * np.pi) + 1
    assert -density.mean() == pytest.approx(entropy, abs=0.1)
    assert density.max() == pytest.approx(-np.log(2 * np.pi), abs=0.05)


class Legible(AE):
    """Its code is an image's first two pixels, which it decodes to just these."""

    def encode(self, images):
        return Code(images[:, :2], None)

    def decode(self, latents):
        return torch.nn.functional.pad(torch.logit(latents, eps=1e-6), (0, 782))


@pytest.fixture
def in_two_places():
    """An autoencoder with a third of its codes about (0.2, 0.3), the rest about (0.7, 0.8)."""
    generator = np.random.default_rng(0)
    centres = np.where(np.arange(600)[:, None] % 3 == 0, [[0.2, 0.3]], [[0.7, 0.8]])
    images = np.zeros((600, 784), np.uint8)
    images[:, :2] = 255 * (centres + 0.03 * generator.standard_normal((600, 2)))
    return seen_by(Legible(2, (4,), 784), {"train": (images, np.zeros(600, np.uint8))})


def test_a_mixture_draws_codes_like_those_it_was_fitted_to(in_two_places):
    measured = mixture(in_two_places, judge(), 1000, seed=0, headline=True)
    codes = measured.arrays["mixture_images"][:, :2]
    low = codes[:, 0] < 0.45
    # In no order: what is shown first is of all components, by their shares.
    assert low.mean() == pytest.approx(1 / 3, abs=0.15)
    assert codes[low].mean(axis=0) == pytest.approx([0.2, 0.3], abs=0.03)
    assert codes[~low].mean(axis=0) == pytest.approx([0.7, 0.8], abs=0.03)
    assert codes[~low].std(axis=0) == pytest.approx([0.03, 0.03], rel=0.4)


def test_a_mixture_is_fitted_to_headline_autoencoders_alone():
    for kind, headline in (("ae", False), ("vae", True)):
        found = mixture(subject(kind), judge(), 50, seed=0, headline=headline)
        assert found.values == {"mixture_samples": None}
    found = mixture(subject("ae", latent=16), judge(), 50, seed=0, headline=True)
    assert found.arrays["mixture_images"].shape == (50, 784)
    interval = found.values["mixture_samples"]["frechet_interval"]
    assert interval == percentile_interval(found.arrays["mixture_frechet_resampled"])


def test_the_same_run_gives_the_same_measurements(in_two_places):
    first, second, other = (
        mixture(in_two_places, judge(), 40, seed, headline=True) for seed in (0, 0, 1)
    )
    assert first.values == second.values != other.values
    np.testing.assert_array_equal(first.arrays["mixture_images"], second.arrays["mixture_images"])
