"""What the judge knows of real images, on points whose neighbourhoods are known."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from torch import nn

from vae_report.evaluation.judge import Judge, classifier_metrics, squared_distances


class FirstPixels(nn.Module):
    """A classifier whose features are an image's first two pixels; the larger one is its class."""

    def features(self, pixels):
        return pixels[:, :2]

    def classify(self, features):
        return 100 * features


def judge(points, labels=None):
    """A judge of which the real images' features are (T, 2) points in [0, 255], over 255."""
    images = torch.zeros(len(points), 784, dtype=torch.uint8)
    images[:, :2] = torch.as_tensor(points)
    labels = torch.zeros(len(points)) if labels is None else torch.tensor(labels)
    return Judge(FirstPixels(), images, labels.to(torch.uint8), classes=2)


LINE = [(x, 0) for x in (0, 1, 2, 3, 4, 5, 15)]


def test_a_radius_reaches_to_the_fifth_nearest_other():
    radii = judge(LINE).real_radii * 255
    torch.testing.assert_close(radii, torch.tensor([5.0, 4, 3, 3, 4, 5, 14]))


def test_few_images_reach_to_the_farthest():
    radii = judge([(0, 0), (3, 4), (0, 10)]).real_radii * 255
    torch.testing.assert_close(radii, torch.tensor([10.0, 45**0.5, 10.0]))


def test_a_point_is_realistic_within_the_radius_of_a_typical_real_image():
    # Of the radii 5, 4, 3, 3, 4, 5 and 14 those up to 4 count, which reach from 1 - 4 to 4 + 4.
    points = [(-3.1, 0), (-2.9, 0), (2, 0), (7.9, 0), (8.1, 0), (2, 3.5), (2, 4.5), (15, 0)]
    realistic = judge(LINE).realistic(torch.tensor(points) / 255)
    assert realistic.tolist() == [False, True, True, True, False, True, False, False]


def test_the_larger_pixel_is_the_predicted_class():
    judged = judge([(10, 200), (200, 10)])
    pixels = torch.tensor([[0.9, 0.1], [0.2, 0.7]])
    probabilities = judged.probabilities(judged.features(pixels))
    torch.testing.assert_close(probabilities, torch.eye(2))
    assert judged.real_predictions.tolist() == [1, 0]


def test_what_the_classifier_reaches():
    found = classifier_metrics(judge([(1, 0), (1, 0), (0, 1), (1, 0)], labels=[0, 0, 1, 1]))
    assert found["accuracy"] == 0.75
    assert found["recall"] == [1, 0.5]
    assert found["accuracy_interval"][0] < 0.75 < found["accuracy_interval"][1]
    assert found["parameters"] == 0


@settings(max_examples=10, deadline=None)
@given(
    count=st.sampled_from([1, 999, 2001]),
    others=st.integers(1, 50),
    width=st.integers(1, 8),
    shift=st.floats(-1e3, 1e3),
)
def test_distances_are_those_of_scipy(count, others, width, shift):
    generator = np.random.default_rng(count)
    a, b = (
        (generator.normal(size=(size, width)) + shift).astype(np.float32)
        for size in (count, others)
    )
    found = torch.cat(list(squared_distances(torch.from_numpy(a), torch.from_numpy(b))))
    np.testing.assert_allclose(found.numpy(), cdist(a, b, "sqeuclidean"), rtol=1e-4, atol=1e-3)
