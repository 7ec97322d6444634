"""Whether reconstructions, and what lies between two of them, are recognised."""

import numpy as np
import pytest
import torch
from torch import nn

from small_report import shapes
from vae_report.measurements.judge import Judge
from vae_report.measurements.measuring import Subject
from vae_report.measurements.recognition import pairs_of_classes, recognition
from vae_report.models.autoencoders import AE, Code


class FirstPixels(nn.Module):
    """A classifier whose features are an image's first two pixels; the larger one is its class."""

    def features(self, pixels):
        return pixels[:, :2]

    def classify(self, features):
        return features


class Blend(AE):
    """A model whose code is an image's first two pixels, which it decodes as `change` has it."""

    def __init__(self, change):
        super().__init__(latent=2, hidden=(1,), pixels=784)
        self.change = change

    def encode(self, images):
        return Code(images[:, :2], None)

    def decode(self, latents):
        return nn.functional.pad(torch.logit(self.change(latents)), (0, 782))


def measured(change):
    """Measure a model on images of two classes: (0, 1) and (1, 0)."""
    labels = np.arange(40) % 2
    images = torch.zeros(40, 784, dtype=torch.uint8)
    images[torch.arange(40), torch.from_numpy(labels)] = 255
    judge = Judge(FirstPixels(), images, torch.from_numpy(labels), classes=2)
    return recognition(Subject(Blend(change), {"test": images}, {"test": labels}), judge)


def test_a_perfect_reconstruction_keeps_every_label():
    found = measured(lambda pixels: pixels)
    assert found.arrays["label_kept"].tolist() == [1] * 40
    assert found.values["recognition"]["label_kept"] == 1
    assert found.values["recognition"]["label_kept_interval"] == pytest.approx((1, 1))


def test_a_reconstruction_as_another_class_loses_its_label():
    # What is of class 1 is given more of pixel 0.
    more = torch.tensor([0.6, 0])
    found = measured(lambda pixels: (pixels * torch.tensor([1, 0.5]) + more).clamp(max=1))
    assert found.arrays["label_kept"].tolist() == [1, 0] * 20
    assert found.values["recognition"]["label_kept"] == 0.5


def test_confidence_and_realism_on_the_way_from_one_class_to_the_other():
    found = measured(lambda pixels: pixels)
    # At t of the way the features are (1 - t, t), and the logits as well. Radii are zero, with 19
    # others at the same place, so that nothing between the two is realistic.
    t = np.arange(1, 8) / 8
    confidence = np.mean(1 / (1 + np.exp(-np.abs(1 - 2 * t))))
    assert found.arrays["path_confidence"] == pytest.approx(np.full(40, confidence), rel=1e-5)
    assert found.arrays["path_realism"].tolist() == [0] * 40


def test_what_decodes_to_real_images_is_realistic():
    # Three inner points lie nearer to one end and three to the other; the middle falls to 0.
    found = measured(lambda pixels: (pixels > 0.5).float())
    assert found.arrays["path_realism"] == pytest.approx(np.full(40, 6 / 7))
    assert found.values["recognition"]["path_realism"] == pytest.approx(6 / 7)


def test_pairs_are_of_different_classes_and_always_the_same():
    labels = shapes(900)[1]
    starts, ends = pairs_of_classes(labels, 500)
    assert len(set(starts)) == 500
    assert (labels[starts] != labels[ends]).all()
    for once, again in zip((starts, ends), pairs_of_classes(labels, 500), strict=True):
        np.testing.assert_array_equal(once, again)


def test_a_small_set_has_as_many_pairs_as_images():
    assert len(pairs_of_classes(shapes(30)[1], 500)[0]) == 30
