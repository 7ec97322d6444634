"""All measurements of one run."""

import json

import pytest
import torch
from safetensors.numpy import load
from safetensors.torch import save

from small_report import run_settings, shapes
from vae_report.config import load_settings
from vae_report.evaluation.measuring import load_model, measure_run, split_metrics
from vae_report.evaluation.reconstruction import fidelity
from vae_report.models import make_model
from vae_report.objectives import likelihood
from vae_report.runs import DataPlace, load_once

IMAGES = torch.from_numpy(shapes(50)[0])


def make(kind):
    torch.manual_seed(0)
    return make_model(kind, 2, (16,))


def test_a_vae_is_measured_in_every_way():
    metrics = split_metrics(make("vae"), IMAGES)
    terms, close = likelihood(make("vae"), IMAGES, seed=0), fidelity(make("vae"), IMAGES)
    assert metrics.bce == terms.bce
    assert metrics.kl == terms.kl > 0
    assert metrics.negative_elbo == pytest.approx(metrics.bce + metrics.kl)
    assert metrics.mean_decoded_loss == pytest.approx(terms.mean_decoded_bce + metrics.kl)
    assert (metrics.mse, metrics.ssim) == (close.mse, close.ssim)


def test_an_autoencoder_bounds_no_likelihood():
    metrics = split_metrics(make("ae"), IMAGES)
    assert metrics.negative_elbo is None
    assert metrics.kl is None
    assert metrics.mean_decoded_loss == metrics.bce > 0


def test_a_model_is_rebuilt_from_its_weights():
    model = make("vae")
    rebuilt = load_model(run_settings(), save(model.state_dict()))
    pixels = IMAGES / 255
    assert torch.equal(rebuilt(pixels)[0], model(pixels)[0])


def test_the_files_of_a_measured_run(small_report):
    place = DataPlace(load_settings(small_report / "report.toml").data, small_report / "data")
    model, told = make("vae"), []
    files = measure_run(run_settings(), save(model.state_dict()), place, "cpu", told.append)
    assert told == [1]
    measured = json.loads(files["measurements.json"])
    data = load_once(place)
    assert measured == {
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "validation": split_metrics(model, torch.from_numpy(data.validation_images)).model_dump(),
        "test": split_metrics(model, torch.from_numpy(data.test_images)).model_dump(),
    }
    # 784·16 + 16 and 16·4 + 4 in the encoder; 2·16 + 16 and 16·784 + 784 in the decoder.
    assert measured["parameters"] == 12_560 + 68 + 48 + 13_328
    assert load(files["pictures.safetensors"])["latent_means"].shape == (60, 2)
