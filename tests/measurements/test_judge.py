"""What the judge knows of real images, on points whose neighbourhoods are known."""

import pytest
import torch
from torch import nn

from vae_report.measurements.judge import Judge, classifier_metrics


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


def test_neighbourhoods_of_all_images_count_for_density_and_coverage():
    # The first lies in those of 0 to 4 and of 15, the second in that of 15 alone.
    points = torch.tensor([[1.5, 0.0], [20.0, 0.0], [-9.0, 0.0]]) / 255
    found = judge(LINE).neighbourhoods(points)
    reach = [(0, 5), (1, 4), (2, 3), (3, 3), (4, 4), (5, 5), (15, 14)]
    within = [[abs(x - at) <= radius for at, radius in reach] for x in (1.5, 20, -9)]
    assert found.density == pytest.approx(sum(map(sum, within)) / (5 * 3))
    assert found.coverage == pytest.approx(sum(map(any, zip(*within, strict=True))) / 7)
    assert found.realistic.tolist() == [True, False, False]


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
