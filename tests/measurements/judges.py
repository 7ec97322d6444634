"""A judge of small reports, that nobody trained."""

import torch
from torch import nn

from small_report import CLASSES, shapes
from vae_report.measurements.judge import Judge


class Projections(nn.Module):
    """A classifier whose features are random projections of the pixels, at any scale."""

    def __init__(self, features, scale):
        super().__init__()
        draws = torch.Generator().manual_seed(0)
        self.scale = scale
        self.project = torch.randn(784, features, generator=draws) / 28
        self.weigh = 3 * torch.randn(features, CLASSES, generator=draws)

    def features(self, pixels):
        return self.scale * (pixels @ self.project)

    def classify(self, features):
        return features @ self.weigh / self.scale


def judge(features=8, scale=1.0, count=100):
    """A judge that knows the test images of a small report."""
    images, labels = (torch.from_numpy(each) for each in shapes(count, seed=1))
    return Judge(Projections(features, scale), images, labels, CLASSES)
