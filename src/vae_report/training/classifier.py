"""The classifier by which the judge sees: a small convolutional network, trained on labels."""

import math
import time
from collections.abc import Callable, Iterator
from itertools import pairwise, product

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from vae_report.models.autoencoders import as_pixels
from vae_report.settings import ClassifierSettings
from vae_report.training.streams import stream, stream_seed


class Classifier(nn.Module):
    """A network of convolutions that each halve the side, and two linear layers.

    Batch normalisation (Ioffe and Szegedy 2015, arXiv:1502.03167) lets few epochs suffice.

    The feature space is the output of the first linear layer, before its ReLU: after it, some
    dimensions would be exactly zero for whole classes, which no Gaussian fits and where distances
    vanish.

    Args:
        settings: The widths of the layers.
        classes: The number C of classes.
        side: The number of pixels a side of an image; halves are rounded up, so any will do.
    """

    def __init__(self, settings: ClassifierSettings, classes: int, side: int) -> None:
        super().__init__()
        self._side = side

        def convolutions() -> Iterator[nn.Module]:
            for inputs, outputs in pairwise([1, *settings.channels]):
                yield nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False)
                yield nn.BatchNorm2d(outputs)
                yield nn.ReLU()

        last = math.ceil(side / 2 ** len(settings.channels))
        self._describe = nn.Sequential(
            *convolutions(),
            nn.Flatten(),
            nn.Linear(settings.channels[-1] * last**2, settings.features),
        )
        self._classify = nn.Sequential(nn.ReLU(), nn.Linear(settings.features, classes))

    def features(self, pixels: Tensor) -> Tensor:
        """Describe (N, pixels) pixels in [0, 1] by (N, F) features."""
        # With channels last in memory, convolutions take a quarter less time on a CPU.
        images = pixels.reshape(-1, self._side, self._side, 1).permute(0, 3, 1, 2)
        features: Tensor = self._describe(images)
        return features

    def classify(self, features: Tensor) -> Tensor:
        """Return (N, C) logits of the classes of (N, F) features."""
        logits: Tensor = self._classify(features)
        return logits

    def forward(self, pixels: Tensor) -> Tensor:
        """Return (N, C) logits of the classes of (N, pixels) pixels in [0, 1]."""
        return self.classify(self.features(pixels))


def train_classifier(
    settings: ClassifierSettings,
    images: Tensor,
    labels: Tensor,
    classes: int,
    after_epoch: Callable[[int], None] = lambda epoch: None,
) -> tuple[Classifier, pd.DataFrame]:
    """Train the classifier by Adam, one cycle of rates (Smith and Topin 2019, arXiv:1708.07120).

    A classifier trained on labels alone would recognise much pixel noise as a class. So each batch
    contains some `outliers`, whose target is the uniform distribution over the classes (Hendrycks
    et al. 2019, arXiv:1812.04606). Their mean loss has the same weight as that of the images; with
    the half weight of that paper, more noise was recognised.

    The same arguments on the same machine, with the same number of threads, give the same weights,
    byte for byte.

    Args:
        settings: The settings of the network and its training.
        images: The images, (N, pixels), uint8, on the device that is to train.
        labels: The labels, (N,), uint8, on the same device.
        classes: The number of classes.
        after_epoch: A function that is called with the number of each finished epoch, from 1.

    Returns:
        The trained classifier, and its history: a row per epoch, with `epoch` (from 1), `loss`
        (cross-entropy of the labels in nats, averaged over the epoch's batches) and `seconds`.
    """
    torch.manual_seed(stream_seed(settings.seed, "judge's weights"))
    model = Classifier(settings, classes, math.isqrt(images.shape[1])).to(images.device)
    order = stream(settings.seed, "judge's order")
    shuffles = stream(settings.seed, "judge's outliers")
    batch = min(settings.batch_size, len(images))
    steps = len(images) // batch
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, settings.learning_rate, total_steps=settings.epochs * steps
    )
    history = []
    for epoch in range(1, settings.epochs + 1):
        started = time.perf_counter()
        summed = torch.zeros((), device=images.device)
        shuffled = torch.randperm(len(images), generator=order)[: steps * batch].to(images.device)
        for chosen in shuffled.view(steps, batch):
            pixels = as_pixels(images[chosen])
            logits = model(torch.cat([pixels, outliers(pixels, shuffles)]))
            loss = cross_entropy(logits[:batch], labels[chosen].long())
            certainty = -logits[batch:].log_softmax(dim=1).mean()
            optimizer.zero_grad()
            (loss + certainty).backward()
            optimizer.step()
            schedule.step()
            summed += loss.detach()
        seconds = time.perf_counter() - started
        history.append({"epoch": epoch, "loss": summed.item() / steps, "seconds": seconds})
        after_epoch(epoch)
    return model.eval(), pd.DataFrame(history)


def outliers(pixels: Tensor, draws: torch.Generator) -> Tensor:
    """Make images without a class from images that have one, two for every eight of them.

    One is a collage, whose quadrants come from four images; the other is an image with shuffled
    pixels. The judge sees other kinds of images: samples of a model, blurred images, and noise with
    each pixel's mean and variance. So its results for those remain a test.

    Args:
        pixels: The images, (N, pixels), in random order.
        draws: The generator that shuffles the pixels.

    Returns:
        The outliers, (M, pixels), collages first.
    """
    side = math.isqrt(pixels.shape[1])
    images = pixels.view(-1, side, side)
    halves = slice(side // 2), slice(side // 2, side)
    collages = torch.empty_like(images)
    for shift, (rows, columns) in enumerate(product(halves, repeat=2)):
        collages[:, rows, columns] = images[:, rows, columns].roll(shift, dims=0)
    permutation = torch.randperm(side**2, generator=draws).to(pixels.device)
    return torch.cat([collages.view_as(pixels)[::8], pixels[1::8, permutation]])
