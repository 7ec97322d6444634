"""What samples are compared with, on images whose moments are known."""

import numpy as np
import pytest
import torch
from judges import judge
from sklearn.decomposition import PCA

from small_report import shapes
from vae_report.measurements.baselines import baselines
from vae_report.measurements.sharpness import laplacian_energy
from vae_report.results.uncertainty import percentile_interval

TRAIN = shapes(240)[0]
RESAMPLED = "frechet_resampled"


def measured(train=TRAIN, generated=50, latents=(2, 16), seed=0):
    return baselines(judge(), torch.from_numpy(train), generated, latents, seed)


def test_every_baseline_is_judged():
    found = measured()
    judged = found.values["samples"]
    assert list(judged) == ["real", "noise", "pca-2", "pca-16"]
    expected = {f"{name}_{what}" for name in judged for what in ("images", RESAMPLED)}
    assert found.arrays.keys() == expected | {"noise_recognised", "real_sharpness"}
    for name, quality in judged.items():
        images = found.arrays[f"{name}_images"]
        assert images.shape == (50, 784)
        assert 0 <= images.min() < images.max() <= 1
        resampled = found.arrays[f"{name}_{RESAMPLED}"]
        assert quality["frechet_interval"] == percentile_interval(resampled)


def test_what_is_known_of_each_image_can_be_resampled():
    found, known = measured(), judge()
    recognised = found.arrays["noise_recognised"]
    assert recognised.shape == (50,)
    assert recognised.mean() == found.values["samples"]["noise"]["recognised"]
    expected = laplacian_energy(known.real_images / 255)
    np.testing.assert_allclose(found.arrays["real_sharpness"], expected, rtol=1e-5)


def test_another_seed_draws_other_images():
    first, other = (measured(seed=seed).arrays for seed in (0, 1))
    for name in ("real", "noise", "pca-2", "pca-16"):
        assert (first[f"{name}_images"] != other[f"{name}_images"]).any()


def test_good_images_are_told_from_bad():
    quality = measured(generated=240).values["samples"]
    by_distance = sorted(quality, key=lambda name: quality[name]["frechet"])
    assert by_distance[0] == "real"
    assert quality["real"]["sharpness"] < quality["noise"]["sharpness"] / 2
    assert quality["real"]["coverage"] > quality["noise"]["coverage"]


def test_real_images_are_training_images_each_at_most_once():
    found = measured(generated=500).arrays
    known = {image.tobytes() for image in TRAIN}
    shown = [np.rint(255 * image).astype(np.uint8).tobytes() for image in found["real_images"]]
    assert set(shown) <= known
    assert len(set(shown)) == len({image.tobytes() for image in TRAIN} & set(shown)) > 90


@pytest.fixture
def dim():
    """Training images far from black and white, so that nothing is clipped."""
    generator = np.random.default_rng(0)
    patterns = generator.standard_normal((3, 784))
    scores = generator.standard_normal((2000, 3)) * [10, 6, 2]
    return np.rint(128 + scores @ patterns / 2).clip(0, 255).astype(np.uint8)


def drawn(dim, name, monkeypatch):
    monkeypatch.setattr("vae_report.measurements.baselines.SHOWN", 4000)
    return measured(dim, 4000).arrays[f"{name}_images"]


def test_noise_has_each_pixels_mean_and_variance_and_nothing_more(dim, monkeypatch):
    noise, pixels = drawn(dim, "noise", monkeypatch), dim / 255
    np.testing.assert_allclose(noise.mean(axis=0), pixels.mean(axis=0), atol=0.005)
    np.testing.assert_allclose(noise.std(axis=0), pixels.std(axis=0), rtol=0.1)
    correlations = np.corrcoef(noise[:, :50].T)[~np.eye(50, dtype=bool)]
    assert np.abs(correlations).mean() < 0.03


def test_principal_components_have_the_scores_covariance(dim, monkeypatch):
    images, pixels = drawn(dim, "pca-2", monkeypatch), dim / 255
    fitted = PCA(3).fit(pixels)
    covariance = np.cov(fitted.transform(images).T)
    variances = [*fitted.explained_variance_[:2], 0]
    scale = variances[0]
    np.testing.assert_allclose(covariance / scale, np.diag(variances) / scale, atol=0.06)
    np.testing.assert_allclose(images.mean(axis=0), pixels.mean(axis=0), atol=0.005)


def test_the_same_images_give_the_same_measurements():
    first, second = measured(), measured()
    assert first.values == second.values
    for name, images in first.arrays.items():
        np.testing.assert_array_equal(images, second.arrays[name])
