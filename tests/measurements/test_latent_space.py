"""What codes say of labels and prior, against naive implementations and known answers."""

import warnings
from math import log

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist
from sklearn.manifold import trustworthiness
from sklearn.neighbors import KNeighborsClassifier
from subjects import legible, subject
from torch.distributions import Normal, kl_divergence

from vae_report.measurements.elbo import loss
from vae_report.measurements.latent_space import (
    embedding,
    kl_by_dimension,
    prior_distance,
    representation,
    vote,
)
from vae_report.models.autoencoders import Code, as_pixels

VAE = subject("vae", 3)
FOUND = representation(VAE)


def encoded(split):
    with torch.inference_mode():
        return VAE.model.encode(as_pixels(VAE.images[split]))


def codes(count, latent, seed, variances=True):
    generator = torch.Generator().manual_seed(seed)
    mean, log_variance = torch.randn(2, count, latent, generator=generator, dtype=torch.double)
    mean = mean @ torch.randn(latent, latent, generator=generator, dtype=torch.double) + 0.5
    return Code(mean, log_variance if variances else None)


def corners(labels, spread, seed):
    """Codes (N, 2), whole numbers, about four corners: in which of them, by the label's bits."""
    bits = np.stack([labels & 1, labels >> 1], axis=1)
    return 60 + 120 * bits + np.random.default_rng(seed).integers(-spread, spread, bits.shape)


def test_the_nearest_neighbours_vote():
    reference, means = encoded("train").mean.numpy(), encoded("test").mean.numpy()
    nearest = np.argsort(cdist(means, reference), axis=1)[:, :10]
    votes = [np.bincount(VAE.labels["train"][near]).argmax() for near in nearest]
    labels = VAE.labels["test"]
    np.testing.assert_array_equal(FOUND.arrays["knn_correct"], votes == labels)
    confusion = np.zeros((10, 10))
    np.add.at(confusion, (labels, votes), 1 / 10)
    np.testing.assert_allclose(FOUND.arrays["knn_confusion"], confusion)


def test_shares_are_of_what_is_correct():
    values = FOUND.values["latent_space"]
    assert values["knn_accuracy"] == pytest.approx(FOUND.arrays["knn_correct"].mean())
    for name in ("knn", "probe"):
        lower, upper = values[f"{name}_interval"]
        assert lower < values[f"{name}_accuracy"] < upper


def test_a_linear_probe_tells_corners_but_not_diagonals():
    corner = np.arange(400) % 4
    diagonal = (corner == 1) | (corner == 2)

    def measure(labels):
        labels = labels.astype(np.uint8)
        splits = {
            "train": (corners(corner, 30, 1), labels),
            "test": (corners(corner, 30, 2), labels),
        }
        return representation(legible(2, splits)).values["latent_space"]

    assert measure(corner)["probe_accuracy"] == measure(corner)["knn_accuracy"] == 1
    assert measure(diagonal)["knn_accuracy"] == 1
    assert measure(diagonal)["probe_accuracy"] < 0.8


def test_silhouettes_by_their_definition():
    distances, labels = cdist(*[encoded("test").mean.double().numpy()] * 2), VAE.labels["test"]
    silhouettes = []
    for number, label in enumerate(labels):
        own = distances[number, labels == label].sum() / ((labels == label).sum() - 1)
        nearest = min(
            distances[number, labels == other].mean() for other in range(10) if other != label
        )
        silhouettes.append((nearest - own) / max(nearest, own))
    values = FOUND.values["latent_space"]
    assert values["silhouette"] == pytest.approx(np.mean(silhouettes), abs=1e-5)
    lower, upper = values["silhouette_interval"]
    assert lower < values["silhouette"] < upper


@given(st.integers(6, 30), st.integers(1, 5), st.integers(0, 2**32), st.booleans())
def test_the_distance_from_the_prior_is_wassersteins(count, latent, seed, variances):
    code = codes(count, latent, seed, variances)
    mean = code.mean.mean(dim=0).numpy()
    covariance = np.atleast_2d(np.cov(code.mean.numpy(), rowvar=False, bias=True))
    if variances:
        covariance = covariance + np.diag(code.log_variance.exp().mean(dim=0))
    root = sqrtm(covariance).real
    expected = mean @ mean + np.trace(covariance + np.eye(latent) - 2 * root)
    assert prior_distance(code) == pytest.approx(expected / latent, rel=1e-4, abs=1e-4)


def test_the_distance_from_the_prior_by_hand():
    # The prior itself, half of whose variance lies between and half within the posteriors.
    half = Code(torch.tensor([[0.5**0.5], [-(0.5**0.5)]]), torch.full((2, 1), log(0.5)))
    assert prior_distance(half) == pytest.approx(0, abs=1e-12)
    # One point: all of the prior's spread, and its own distance from the origin.
    assert prior_distance(Code(torch.tensor([[3.0, 1.0]]), None)) == pytest.approx((10 + 2) / 2)


@given(st.integers(1, 20), st.integers(1, 5), st.integers(0, 2**32))
def test_the_rate_of_a_dimension_is_that_of_torch_distributions(count, latent, seed):
    code = codes(count, latent, seed)
    posterior = Normal(code.mean, (0.5 * code.log_variance).exp())
    prior = Normal(torch.zeros_like(code.mean), torch.ones_like(code.mean))
    expected = kl_divergence(posterior, prior).mean(dim=0)
    torch.testing.assert_close(kl_by_dimension(code), expected)


def test_the_rates_of_the_dimensions_add_up():
    by_dimension = FOUND.values["latent_space"]["kl_by_dimension"]
    assert sum(by_dimension) == pytest.approx(loss(VAE, 0).values["test"]["kl"], rel=1e-5)


def test_units_are_active_that_vary_with_the_image():
    labels = (np.arange(200) % 2).astype(np.uint8)
    # A pixel that is either of two values varies by the square of half their difference.
    pair = np.stack([0 * labels, 255 * labels, 49 * labels, 55 * labels], axis=1)
    assert (49 / 255 / 2) ** 2 < 0.01 < (55 / 255 / 2) ** 2
    measured = representation(legible(4, {"train": (pair, labels), "test": (pair, labels)}))
    assert measured.values["latent_space"]["active_units"] == 2


def test_an_autoencoder_has_neither_rate_nor_active_units():
    values = representation(subject("ae")).values["latent_space"]
    assert values["kl_by_dimension"] is values["active_units"] is None


def test_a_collapsed_posterior_and_a_class_of_one_image_are_measured_without_a_warning():
    labels = (np.arange(100) % 2).astype(np.uint8)
    labels[17] = 2
    blank = np.zeros((100, 3), np.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        measured = representation(legible(3, {"train": (blank, labels), "test": (blank, labels)}))
    values = measured.values["latent_space"]
    assert values["silhouette"] == values["active_units"] == 0
    assert values["probe_accuracy"] == 0.5
    assert measured.arrays["knn_confusion"].sum(axis=1).tolist() == [1, 1, 1]


def test_codes_are_laid_out_in_the_plane():
    first, second = (embedding(VAE, first=True).arrays for _ in range(2))
    assert np.bincount(first["embedding_labels"]).tolist() == [10] * 10
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])
    assert first["embedding_tsne"].shape == first["embedding_pca"].shape == (100, 2)

    order = np.random.default_rng(0).permutation(100)
    means = encoded("test").mean.numpy()[order]
    np.testing.assert_array_equal(first["embedding_labels"], VAE.labels["test"][order])
    assert trustworthiness(means, first["embedding_tsne"]) > 0.9
    centred = means - means.mean(axis=0)
    projected = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    # The sign of a component is anyone's choice.
    np.testing.assert_allclose(np.abs(first["embedding_pca"]), np.abs(projected), atol=1e-5)


@pytest.mark.parametrize(("latent", "first"), [(2, True), (3, False)])
def test_no_other_run_is_laid_out(latent, first):
    assert embedding(subject("vae", latent), first).arrays == {}


@given(st.integers(1, 40), st.integers(1, 3), st.integers(0, 2**32))
def test_votes_are_those_of_scikit_learn(count, latent, seed):
    generator = np.random.default_rng(seed)
    reference, points = (
        generator.normal(size=(size, latent)).astype(np.float32) for size in (count, 30)
    )
    # Of few labels, many of which have as many votes as another.
    labels = generator.integers(0, 4, count).astype(np.uint8)
    expected = KNeighborsClassifier(min(10, count)).fit(reference, labels).predict(points)
    found = vote(torch.from_numpy(points), torch.from_numpy(reference), labels)
    np.testing.assert_array_equal(found, expected)
