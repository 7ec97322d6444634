"""Figures of images and of latent spaces: what they show, and what they say of it."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from drawn import drawing_of, shown_texts
from made_up_results import bent


def test_a_perfect_reconstruction_has_no_error(results):
    originals = results.runs["ae-2"].arrays["showcase_originals"]
    perfect = bent(
        results, "arrays.showcase_reconstructions", originals, model="ae", latent=2, seed=0
    )
    assert "0.0000 for the 2-D AE" in drawing_of("ae_recon_val", perfect).alt


def test_the_scatter_shows_means_or_their_principal_components(results):
    drawing = drawing_of("vae_latent_scatter", results)
    plane, projected = (points for _, points in drawing.data.groupby("run", sort=False))
    flat, deep = (
        results.runs[name].arrays["latent_means"].astype(float) for name in ("vae-2", "vae-16")
    )
    assert plane[["horizontal", "vertical"]].to_numpy() == pytest.approx(flat)

    reference = PCA(2).fit(deep)
    assert np.abs(projected[["horizontal", "vertical"]].to_numpy()) == pytest.approx(
        np.abs(reference.transform(deep))
    )
    first, second = 100 * reference.explained_variance_ratio_
    assert drawing.figure.axes[1].get_xlabel() == f"PC 1 ({first:.0f} % of variance)"
    assert drawing.figure.axes[1].get_ylabel() == f"PC 2 ({second:.0f} % of variance)"


def test_the_scatter_tells_which_classes_lie_closest(results):
    label = results.runs["vae-2"].arrays["validation_labels"]
    centres = np.stack([10 * np.arange(10), np.zeros(10)], axis=1)
    centres[6] = centres[2] + 0.5
    drawing = drawing_of(
        "vae_latent_scatter", bent(results, "arrays.latent_means", centres[label], latent=2)
    )
    assert "the centres of Pullover and Shirt (0.7) lie closest together" in drawing.alt
    assert "of Ankle boot and T-shirt/top (90.0) farthest apart" in drawing.alt


def test_progress_shows_the_first_and_the_last_of_many_snapshots(results):
    many = bent(results, "arrays.snapshot_epochs", np.arange(1, 41))
    for array in ("reconstructions", "samples"):
        many = bent(
            many, f"arrays.snapshot_{array}", lambda images: np.resize(images, (40, 10, 784))
        )
    figure = drawing_of("training_progress", many).figure
    texts = [text.get_text() for text in shown_texts(figure)]
    assert texts.count("1") == texts.count("40") == 4
    assert sum(text.isdigit() for text in texts) == 24


def test_samples_rise_in_density_from_row_to_row(results):
    shades = np.random.default_rng(0).permutation(100) / 100
    changed = bent(results, "arrays.sample_density", np.resize(shades, 200), model="vae")
    changed = bent(changed, "arrays.sample_images", np.repeat(shades[:, None], 784, axis=1))
    mosaic = drawing_of("samples_by_density", changed).figure.axes[0].images[0].get_array()
    centres = mosaic[14::29, 14::29].ravel()
    assert len(centres) == 50
    assert np.all(np.diff(centres) > 0)


def test_generators_are_headed_by_their_distance(results):
    changed = bent(results, "baselines.samples.noise.frechet", 4321.0)
    changed = bent(changed, "metrics.mixture_samples.frechet", 12.34, model="ae", latent=16)
    texts = [text.get_text() for text in drawing_of("generators", changed).figure.texts]
    headed = dict(zip(texts, texts[3:], strict=False))
    assert headed["noise"] == "Fréchet distance 4321.0"
    assert headed["16-D AE with mixture"] == "Fréchet distance 12.3"


def test_a_map_that_keeps_classes_apart_is_told_from_one_that_does_not(results):
    label = results.runs["vae-16"].arrays["embedding_labels"]
    apart = np.stack([100.0 * label, np.arange(len(label))], axis=1)
    among_others = np.stack([np.zeros(len(label)), np.arange(len(label))], axis=1)
    changed = bent(results, "arrays.embedding_tsne", apart, latent=16, model="vae", seed=0)
    changed = bent(changed, "arrays.embedding_pca", among_others, latent=16, model="vae", seed=0)
    assert "100 % by t-SNE and 0 % by PCA" in drawing_of("embedding", changed).alt
