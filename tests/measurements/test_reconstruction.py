"""Closeness of images, against scikit-image and sums worked by hand."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter, laplace
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio
from skimage.metrics import structural_similarity as reference
from subjects import subject

from small_report import shapes
from vae_report.measurements.reconstruction import (
    Fidelity,
    closeness,
    fidelity,
    peak_signal_to_noise,
    relative_sharpness,
    structural_similarity,
)
from vae_report.results.uncertainty import mean_interval


def similarity(image, other):
    """As published: a Gaussian window of σ = 1.5, and no correction of the sample's covariance."""
    return reference(
        *(pixels.reshape(28, 28) for pixels in (image, other)),
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=1.0,
    )


@given(seed=st.integers(0, 2**32 - 1), noise=st.floats(0.01, 0.5), count=st.integers(1, 4))
def test_structural_similarity_is_that_of_scikit_image(seed, noise, count):
    generator = np.random.default_rng(seed)
    images = shapes(10, seed)[0][:count].astype(np.float64) / 255
    others = np.clip(images + noise * generator.standard_normal(images.shape), 0, 1)
    expected = [similarity(*pair) for pair in zip(images, others, strict=True)]
    found = structural_similarity(torch.from_numpy(images), torch.from_numpy(others))
    assert found.tolist() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("side", "window"), [(8, 7), (9, 9), (10, 9), (11, 11), (16, 11), (64, 11)]
)
def test_the_window_of_structural_similarity_is_no_larger_than_the_image(side, window):
    x, y = np.random.default_rng(side).random((2, side, side))

    def mean(image):
        within = slice(window // 2, side - window // 2)
        return gaussian_filter(image, 1.5, radius=window // 2)[within, within]

    mean_x, mean_y = mean(x), mean(y)
    covariance = mean(x * y) - mean_x * mean_y
    variances = mean(x**2) - mean_x**2 + mean(y**2) - mean_y**2
    likeness = (2 * mean_x * mean_y + 1e-4) / (mean_x**2 + mean_y**2 + 1e-4)
    expected = (likeness * (2 * covariance + 9e-4) / (variances + 9e-4)).mean()
    [found] = structural_similarity(*(torch.from_numpy(each).view(1, -1) for each in (x, y)))
    assert found.item() == pytest.approx(expected, abs=1e-6)


def test_equal_images_are_wholly_similar_and_opposite_ones_are_not():
    image = torch.from_numpy(shapes(10)[0]).float() / 255
    assert structural_similarity(image, image).tolist() == pytest.approx([1.0] * 10, abs=1e-4)
    assert structural_similarity(image, 1 - image).max() < 0.5


def test_errors_and_their_decibels_are_those_of_scikit_image():
    images = torch.from_numpy(shapes(30)[0])
    reconstructions = torch.rand(30, 784, generator=torch.Generator().manual_seed(0))
    found = fidelity(reconstructions, images)
    originals, reconstructions = (images / 255).numpy(), reconstructions.numpy()
    for number, pair in enumerate(zip(originals, reconstructions, strict=True)):
        assert found.mse[number].item() == pytest.approx(mean_squared_error(*pair), rel=1e-5)
        expected = peak_signal_noise_ratio(*pair, data_range=1)
        assert found.psnr[number].item() == pytest.approx(expected, rel=1e-5)


def test_mean_squared_error_by_hand():
    images = torch.zeros(4, 784, dtype=torch.uint8)
    images[:, :196] = 255
    # A quarter of the pixels is 1, the rest 0; the reconstruction is 0.2 throughout.
    found = fidelity(torch.full((4, 784), 0.2), images)
    assert found.mse.tolist() == pytest.approx([0.25 * 0.8**2 + 0.75 * 0.2**2] * 4)


def test_a_perfect_copy_is_as_good_as_rounding_to_8_bits():
    images = torch.rand(2000, 784, generator=torch.Generator().manual_seed(0))
    rounding = (images - (255 * images).round() / 255).square().mean()
    [perfect] = peak_signal_to_noise(torch.zeros(1)).tolist()
    assert perfect == pytest.approx(-10 * np.log10(rounding.item()), abs=0.01)


@given(seed=st.integers(0, 2**32 - 1))
def test_sharpness_is_by_the_laplacian_of_scipy(seed):
    images = np.random.default_rng(seed).random((3, 784))
    originals = shapes(3, seed)[0] / 255

    def energy(image):
        return (laplace(image.reshape(28, 28))[1:-1, 1:-1] ** 2).sum()

    expected = [energy(a) / energy(b) for a, b in zip(images, originals, strict=True)]
    found = relative_sharpness(torch.from_numpy(images), torch.from_numpy(originals))
    assert found.tolist() == pytest.approx(expected)


def test_an_original_without_detail_has_a_finite_sharpness():
    flat, least = torch.zeros(1, 784), torch.zeros(1, 784)
    least[0, 1] = 1 / 255
    assert relative_sharpness(flat, flat).tolist() == [0]
    # The clamp changes nothing where there is any detail at all.
    assert relative_sharpness(least, least).tolist() == pytest.approx([1])


def test_chunks_make_no_difference():
    images = torch.from_numpy(shapes(1300)[0])
    reconstructions = torch.full((1300, 784), 0.3)
    whole = fidelity(reconstructions, images)
    parts = [
        fidelity(*part) for part in zip(reconstructions.split(70), images.split(70), strict=True)
    ]
    for values, of_parts in zip(whole, zip(*parts, strict=True), strict=True):
        torch.testing.assert_close(values, torch.cat(of_parts))


@torch.inference_mode()
def decoded(subject, split):
    return torch.sigmoid(subject.model(subject.images[split] / 255)[0])


def test_closeness_says_of_each_image_what_it_says_of_all():
    ae = subject("ae")
    measured = closeness(ae)
    values, intervals, by_class = (
        measured.values[part] for part in ("test", "intervals", "per_class")
    )
    assert set(Fidelity._fields) == values.keys() == intervals.keys() == by_class.keys()
    for name, expected in fidelity(decoded(ae, "test"), ae.images["test"])._asdict().items():
        array = measured.arrays[f"test_{name}"]
        np.testing.assert_allclose(array, expected, rtol=1e-5)
        assert values[name] == pytest.approx(array.mean(), rel=1e-5)
        assert intervals[name] == mean_interval(array)
        frame = pd.Series(array).groupby(ae.labels["test"]).mean()
        assert by_class[name] == pytest.approx(frame.tolist(), rel=1e-5)
    on_validation = fidelity(decoded(ae, "validation"), ae.images["validation"])
    assert measured.values["validation"] == {
        name: pytest.approx(each.mean().item(), rel=1e-5)
        for name, each in on_validation._asdict().items()
    }
