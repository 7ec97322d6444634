"""The arrays that pictures are made of: their shapes, and what they show."""

import numpy as np
import pytest
import torch
from scipy.stats import norm
from subjects import seen_by

from small_report import PIXELS, run_settings, shapes
from vae_report.measurements.pictures import appearance
from vae_report.models.autoencoders import as_pixels, make_model

IMAGES, LABELS = shapes(130)
PROBABILITIES = (
    "showcase_reconstructions",
    "prior_samples",
    "interpolation",
    "interpolation_originals",
    "showcase_originals",
)


def model_of(kind, latent):
    torch.manual_seed(0)
    return make_model(run_settings(model=kind, latent=latent), PIXELS)


def pictures_of(model, seed=0):
    return appearance(seen_by(model, {"validation": (IMAGES, LABELS)}), seed).arrays


@torch.inference_mode()
def decoded(model, latents):
    return torch.sigmoid(model.decode(torch.as_tensor(latents))).numpy()


@pytest.fixture(params=[("vae", 2), ("vae", 5), ("ae", 2), ("ae", 5)], scope="module")
def model(request):
    return model_of(*request.param)


@pytest.fixture(scope="module")
def arrays(model):
    return pictures_of(model)


def test_shapes_are_as_documented(model, arrays):
    expected = {
        "showcase_originals": (20, 784),
        "showcase_reconstructions": (20, 784),
        "latent_means": (130, model.latent),
        "validation_labels": (130,),
        "prior_samples": (100, 784),
        "interpolation": (4, 9, 784),
        "interpolation_originals": (4, 2, 784),
    }
    if model.latent == 2:
        expected |= {"manifold": (20, 20, 784), "manifold_quantiles": (20,)}
    assert {name: array.shape for name, array in arrays.items()} == expected
    for name in PROBABILITIES:
        assert arrays[name].dtype == np.float32
        assert 0 <= arrays[name].min() <= arrays[name].max() <= 1


def test_the_showcase_holds_two_images_of_each_class_and_their_reconstructions(model, arrays):
    chosen = [np.flatnonzero(label == LABELS)[number] for label in range(10) for number in (0, 1)]
    np.testing.assert_array_equal(
        arrays["showcase_originals"], IMAGES[chosen].astype(np.float32) / 255
    )
    np.testing.assert_allclose(
        arrays["showcase_reconstructions"],
        decoded(model, arrays["latent_means"][chosen]),
        rtol=1e-5,
    )


def test_every_validation_image_is_encoded_to_its_mean(model, arrays):
    with torch.inference_mode():
        means = model.encode(as_pixels(torch.from_numpy(IMAGES))).mean.numpy()
    np.testing.assert_allclose(arrays["latent_means"], means, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(arrays["validation_labels"], LABELS)


def test_the_manifold_is_decoded_at_the_quantiles_of_the_prior():
    model = model_of("vae", 2)
    arrays = pictures_of(model)
    quantiles = norm.ppf((np.arange(20) + 0.5) / 20)
    np.testing.assert_allclose(arrays["manifold_quantiles"], quantiles, rtol=1e-4)
    for row, column in ((0, 0), (0, 19), (19, 0), (7, 3)):
        # Columns run along the first dimension, rows down the second.
        latent = np.float32([[quantiles[column], quantiles[19 - row]]])
        np.testing.assert_allclose(
            arrays["manifold"][row, column], decoded(model, latent)[0], rtol=1e-4
        )


def test_an_interpolation_ends_in_the_reconstructions_of_its_ends(model, arrays):
    for line, originals in zip(
        arrays["interpolation"], arrays["interpolation_originals"], strict=True
    ):
        with torch.inference_mode():
            reconstructions = torch.sigmoid(model(torch.from_numpy(originals))[0]).numpy()
        np.testing.assert_allclose(line[[0, -1]], reconstructions, rtol=1e-4)


def test_an_interpolation_is_a_straight_line_between_classes(model, arrays):
    def index(original):
        [[found]] = np.nonzero((np.round(original * 255) == IMAGES).all(axis=1))
        return found

    for line, originals in zip(
        arrays["interpolation"], arrays["interpolation_originals"], strict=True
    ):
        start, end = map(index, originals)
        assert LABELS[start] != LABELS[end]
        middle = (arrays["latent_means"][start] + arrays["latent_means"][end]) / 2
        np.testing.assert_allclose(line[4], decoded(model, middle[None])[0], rtol=1e-4)


@pytest.mark.parametrize("latent", [2, 5])
def test_all_runs_of_a_latent_size_and_seed_decode_the_same_draws(latent):
    """Two models whose decoders are the same make the same pictures of the prior."""
    vae, ae = model_of("vae", latent), model_of("ae", latent)
    ae.decoder.load_state_dict(vae.decoder.state_dict())
    of_vae, of_ae = pictures_of(vae), pictures_of(ae)
    np.testing.assert_array_equal(of_vae["prior_samples"], of_ae["prior_samples"])
    np.testing.assert_array_equal(
        of_vae["interpolation_originals"], of_ae["interpolation_originals"]
    )
    assert len(np.unique(of_vae["prior_samples"], axis=0)) == 100


def test_another_seed_draws_other_samples_of_the_prior_and_changes_nothing_else():
    first, other = (pictures_of(model_of("vae", 5), seed) for seed in (0, 1))
    for name, array in first.items():
        assert (array == other[name]).all() == (name != "prior_samples")
