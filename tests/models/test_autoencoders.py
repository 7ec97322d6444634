"""The two models differ in the encoder's last layer, and gradients pass through the sampling."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from registered import MODELS
from small_report import run_settings
from vae_report.errors import ReportError
from vae_report.models.autoencoders import VAE, Code, as_pixels, make_model, reparameterize
from vae_report.models.likelihoods import LIKELIHOODS


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@given(
    kind=st.sampled_from(sorted(MODELS)),
    count=st.integers(0, 5),
    latent=st.integers(1, 9),
    hidden=st.lists(st.integers(1, 12), min_size=1, max_size=3),
    pixels=st.integers(1, 30),
)
def test_shapes(kind, count, latent, hidden, pixels):
    model = MODELS[kind](latent, hidden, pixels)
    logits, code = model(torch.rand(count, pixels), torch.randn(count, latent))
    assert logits.shape == (count, pixels)
    assert code.mean.shape == (count, latent)
    assert (code.log_variance is not None) == model.variational
    if code.log_variance is not None:
        assert code.log_variance.shape == (count, latent)
    widths = [layer.out_features for layer in model.encoder if hasattr(layer, "out_features")]
    mirrored = [layer.out_features for layer in model.decoder if hasattr(layer, "out_features")]
    assert widths[:-1] == hidden
    assert mirrored == [*reversed(hidden), pixels]


def test_vae_and_ae_of_one_latent_size_differ_in_the_encoders_head_alone():
    models = {}
    for kind in ("vae", "ae"):
        torch.manual_seed(0)
        models[kind] = MODELS[kind](3, (16, 8), 20)
    vae, ae = (
        {name: weight.shape for name, weight in models[kind].named_parameters()}
        for kind in ("vae", "ae")
    )
    assert vae.keys() == ae.keys()
    differing = {name for name in vae if vae[name] != ae[name]}
    assert differing == {"encoder.4.weight", "encoder.4.bias"}
    assert vae["encoder.4.weight"] == (6, 8)
    assert ae["encoder.4.weight"] == (3, 8)


def test_the_latent_vector_is_mean_plus_deviation_times_noise():
    mean, log_variance, noise = normal(3, 4, 2)
    latents = reparameterize(Code(mean, log_variance), noise)
    torch.testing.assert_close(latents, mean + log_variance.exp().sqrt() * noise)


def test_without_noise_or_without_variance_it_is_the_mean():
    mean, log_variance, noise = normal(3, 4, 2)
    assert reparameterize(Code(mean, log_variance), None) is mean
    assert reparameterize(Code(mean, None), noise) is mean


def test_gradients_through_the_sampling():
    mean, log_variance, noise = normal(3, 4, 2)
    mean.requires_grad_()
    log_variance.requires_grad_()
    reparameterize(Code(mean, log_variance), noise).sum().backward()
    torch.testing.assert_close(mean.grad, torch.ones_like(mean))
    torch.testing.assert_close(log_variance.grad, 0.5 * (log_variance / 2).exp().detach() * noise)


def test_gradients_through_the_sampling_by_finite_differences():
    *code, noise = normal(3, 4, 2)
    inputs = [part.clone().requires_grad_() for part in code]
    assert torch.autograd.gradcheck(lambda *code: reparameterize(Code(*code), noise), inputs)


def test_the_loss_reaches_every_weight():
    model = VAE(2, (8,), pixels=12)
    logits, code = model(torch.rand(6, 12), torch.randn(6, 2))
    (logits.square().sum() + code.log_variance.sum()).backward()
    assert all(weight.grad.abs().sum() > 0 for weight in model.parameters())


def test_pixels_run_from_0_to_1():
    pixels = as_pixels(torch.tensor([[0, 51, 255]], dtype=torch.uint8))
    assert pixels.dtype == torch.float32
    assert pixels.tolist() == [pytest.approx([0.0, 0.2, 1.0])]


@pytest.mark.parametrize("kind", sorted(MODELS))
@pytest.mark.parametrize("likelihood", sorted(LIKELIHOODS))
def test_a_run_says_which_model_is_built(kind, likelihood):
    settings = run_settings(model=kind, likelihood=likelihood, latent=3, hidden=(8,))
    model = make_model(settings, pixels=20)
    assert type(model) is MODELS[kind]
    logits, code = model(torch.rand(5, 20))
    assert (logits.shape, code.mean.shape) == ((5, 20), (5, 3))
    assert torch.equal(model.pixels(logits), LIKELIHOODS[likelihood].mean(logits))


def test_a_label_is_the_name_in_capitals_unless_one_is_given(own_models):
    labels = {
        name: make_model(run_settings(model=name), 20).label
        for name in ("vae", "ae", "raising", "conv-vae")
    }
    assert list(labels.values()) == ["VAE", "AE", "RAISING", "Convolutional VAE"]


def test_the_options_of_a_run_reach_its_class_by_name(own_models):
    settings = run_settings(model="free-bits-vae", options={"free_bits": 0.25})
    assert make_model(settings, 20).free_bits == 0.25
    assert make_model(run_settings(model="free-bits-vae"), 20).free_bits == 0


def test_an_unknown_model_is_named_with_those_there_are():
    with pytest.raises(ReportError, match=r"report\.toml: no model 'gan'; choose one of ae, vae"):
        make_model(run_settings(model="gan"), 20)
