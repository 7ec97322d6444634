"""Closeness of images, against scikit-image and sums worked by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from skimage.metrics import structural_similarity as reference

from small_report import shapes
from vae_report.evaluation.reconstruction import fidelity, structural_similarity
from vae_report.models import AE, Code


class Constant(AE):
    """Reconstructs every image as one shade of grey."""

    def __init__(self, logit):
        super().__init__(latent=2, hidden=(4,))
        self.logit = logit

    def forward(self, images, noise=None):
        assert noise is None, "the mean is decoded"
        return torch.full_like(images, self.logit), Code(images[:, :2], None)


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


def test_equal_images_are_wholly_similar_and_opposite_ones_are_not():
    image = torch.from_numpy(shapes(10)[0]).float() / 255
    assert structural_similarity(image, image).tolist() == pytest.approx([1.0] * 10, abs=1e-4)
    assert structural_similarity(image, 1 - image).max() < 0.5


def test_mean_squared_error_by_hand():
    images = torch.zeros(4, 784, dtype=torch.uint8)
    images[:, :196] = 255
    # A quarter of the pixels is 1, the rest 0; the reconstruction is 0.2 throughout.
    found = fidelity(Constant(np.log(0.2 / 0.8)), images)
    assert found.mse == pytest.approx(0.25 * 0.8**2 + 0.75 * 0.2**2)


def test_averages_are_over_images_whatever_the_chunks():
    images = torch.from_numpy(shapes(1300)[0])
    model = Constant(0.3)
    whole = fidelity(model, images)
    parts = [fidelity(model, part) for part in images.split(100)]
    assert whole.mse == pytest.approx(np.mean([part.mse for part in parts]))
    assert whole.ssim == pytest.approx(np.mean([part.ssim for part in parts]))
