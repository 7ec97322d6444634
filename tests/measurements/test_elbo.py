"""Terms of the loss, as runs report them."""

import numpy as np
import pytest
import torch
from subjects import SIZES, subject

from vae_report.measurements.elbo import loss
from vae_report.models.autoencoders import as_pixels
from vae_report.models.objectives import loss_terms
from vae_report.results.uncertainty import mean_interval
from vae_report.training.streams import stream


@pytest.mark.parametrize("likelihood", ["bernoulli", "continuous-bernoulli"])
def test_the_terms_of_a_vaes_loss(likelihood):
    vae = subject("vae", likelihood=likelihood)
    measured = loss(vae, 3)
    for split in ("validation", "test"):
        pixels = as_pixels(vae.images[split])
        noise = torch.randn(SIZES[split], 2, generator=stream(3, f"{split} noise"))
        with torch.inference_mode():
            sampled, decoded = loss_terms(vae.model, pixels, noise), loss_terms(vae.model, pixels)
        bce, kl, decoded_bce = (
            term.double().mean().item() for term in (sampled.bce, sampled.kl, decoded.bce)
        )
        assert measured.values[split] == {
            "negative_elbo": pytest.approx(bce + kl, rel=1e-5),
            "bce": pytest.approx(bce, rel=1e-5),
            "kl": pytest.approx(kl, rel=1e-5),
            "mean_decoded_loss": pytest.approx(decoded_bce + kl, rel=1e-5),
        }
    for name, term in (("bce", sampled.bce), ("kl", sampled.kl), ("mean_decoded_bce", decoded.bce)):
        np.testing.assert_allclose(measured.arrays[f"test_{name}"], term, rtol=1e-4, atol=1e-6)


def test_an_autoencoder_bounds_no_likelihood():
    measured = loss(subject("ae"), 0)
    for split in ("validation", "test"):
        values = measured.values[split]
        assert values["negative_elbo"] is values["kl"] is None
        assert values["mean_decoded_loss"] == values["bce"] > 0
    assert measured.values["intervals"].keys() == {"bce", "mean_decoded_loss"}
    assert not measured.arrays["test_kl"].any()


def test_intervals_are_of_the_values_on_the_test_images():
    measured = loss(subject("vae"), 0)
    values, intervals, arrays = (
        measured.values["test"],
        measured.values["intervals"],
        measured.arrays,
    )
    assert intervals.keys() == values.keys()
    assert all(lower < values[name] < upper for name, (lower, upper) in intervals.items())
    assert intervals["negative_elbo"] == mean_interval(arrays["test_bce"] + arrays["test_kl"])


def test_classes_are_averaged_on_their_own():
    vae = subject("vae")
    # One class is left with a single image.
    labels = np.where((vae.labels["test"] == 9) & (np.arange(100) != 59), 0, vae.labels["test"])
    vae.labels["test"] = labels.astype(np.uint8)
    measured = loss(vae, 0)
    [(name, by_class)] = measured.values["per_class"].items()
    assert name == "bce"
    assert by_class[9] == measured.arrays["test_bce"][59]
    shares = np.bincount(labels) / len(labels)
    assert shares @ by_class == pytest.approx(measured.values["test"]["bce"])
    assert (measured.arrays["test_labels"] == labels).all()
