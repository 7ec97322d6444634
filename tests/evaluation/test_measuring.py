"""All measurements of one run."""

import json

import pytest
import torch
from safetensors.numpy import load
from safetensors.torch import save

from small_report import run_settings, shapes
from vae_report.code_version import functions_under
from vae_report.config import load_settings
from vae_report.evaluation.measuring import (
    MEASUREMENTS,
    Subject,
    closeness,
    load_model,
    loss,
    size,
)
from vae_report.evaluation.reconstruction import fidelity
from vae_report.jobs import measure_run
from vae_report.models import make_model
from vae_report.objectives import likelihood
from vae_report.runs import DataPlace

IMAGES = torch.from_numpy(shapes(50)[0])


def subject(kind):
    torch.manual_seed(0)
    model = make_model(kind, 2, (16,))
    return Subject(model, {"validation": IMAGES, "test": IMAGES[:20]}, shapes(50)[1])


def test_the_terms_of_a_vaes_loss():
    measured = loss(subject("vae")).values["test"]
    terms = likelihood(subject("vae").model, IMAGES[:20], seed=0)
    assert measured["bce"] == terms.bce
    assert measured["kl"] == terms.kl > 0
    assert measured["negative_elbo"] == pytest.approx(terms.bce + terms.kl)
    assert measured["mean_decoded_loss"] == pytest.approx(terms.mean_decoded_bce + terms.kl)


def test_an_autoencoder_bounds_no_likelihood():
    measured = loss(subject("ae")).values["validation"]
    assert measured["negative_elbo"] is measured["kl"] is None
    assert measured["mean_decoded_loss"] == measured["bce"] > 0


def test_reconstructions_are_compared_with_their_originals():
    close = fidelity(subject("vae").model, IMAGES)
    assert closeness(subject("vae")).values["validation"] == {"mse": close.mse, "ssim": close.ssim}


def test_the_weights_are_counted():
    # 784·16 + 16 and 16·4 + 4 in the encoder; 2·16 + 16 and 16·784 + 784 in the decoder.
    assert size(subject("vae")).values == {"parameters": 12_560 + 68 + 48 + 13_328}


def test_a_model_is_rebuilt_from_its_weights():
    model = subject("vae").model
    rebuilt = load_model(run_settings(), save(model.state_dict()))
    pixels = IMAGES / 255
    assert torch.equal(rebuilt(pixels)[0], model(pixels)[0])


def test_a_job_makes_the_measurements_that_it_is_asked_for(small_report):
    place = DataPlace(load_settings(small_report / "report.toml").data, small_report / "data")
    model, told = subject("vae").model, []
    keys = {"size": "first", "appearance": "second"}
    entries = measure_run(keys, run_settings(), save(model.state_dict()), place, "cpu", told.append)
    assert told == [1, 2]
    assert list(entries) == ["first", "second"]
    assert json.loads(entries["first"]["values.json"]) == size(subject("vae")).values
    assert load(entries["second"]["arrays.safetensors"])["latent_means"].shape == (60, 2)


def test_every_measurement_is_found_without_importing_it():
    assert list(functions_under("measurement", "evaluation")) == list(MEASUREMENTS)
