"""The classifier that judges samples: a small convolutional network, trained on labels."""

import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from vae_report.config import SIDE, ClassifierSettings
from vae_report.models import as_pixels


class Classifier(nn.Module):
    """Convolutions that each halve the side, and two linear layers.

    Batch normalisation (Ioffe and Szegedy 2015, arXiv:1502.03167) makes few epochs enough.

    The feature space is the output of the first linear layer, before its ReLU: after it, a
    dimension would be exactly zero for whole classes, which no Gaussian fits and where distances
    vanish.

    Args:
        settings: widths of the layers.
        classes: number C of them.
    """

    def __init__(self, settings: ClassifierSettings, classes: int) -> None:
        super().__init__()

        def convolutions() -> Iterator[nn.Module]:
            for inputs, outputs in pairwise([1, *settings.channels]):
                yield nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False)
                yield nn.BatchNorm2d(outputs)
                yield nn.ReLU()

        side = -(-SIDE // 2 ** len(settings.channels))
        self._describe = nn.Sequential(
            *convolutions(),
            nn.Flatten(),
            nn.Linear(settings.channels[-1] * side**2, settings.features),
        )
        self._classify = nn.Sequential(nn.ReLU(), nn.Linear(settings.features, classes))

    def features(self, pixels: Tensor) -> Tensor:
        """Describe (N, 784) pixels in [0, 1] by (N, F) features."""
        # With the channel last in memory, convolutions take a quarter less time on a CPU.
        images = pixels.reshape(-1, SIDE, SIDE, 1).permute(0, 3, 1, 2)
        features: Tensor = self._describe(images)
        return features

    def classify(self, features: Tensor) -> Tensor:
        """Return (N, C) logits of the classes of (N, F) features."""
        logits: Tensor = self._classify(features)
        return logits

    def forward(self, pixels: Tensor) -> Tensor:
        """Return (N, C) logits of the classes of (N, 784) pixels in [0, 1]."""
        return self.classify(self.features(pixels))


def train_classifier(
    settings: ClassifierSettings,
    images: Tensor,
    labels: Tensor,
    classes: int,
    after_epoch: Callable[[int], None] = lambda epoch: None,
) -> tuple[Classifier, pd.DataFrame]:
    """Train the classifier by Adam, one cycle of rates (Smith and Topin 2019, arXiv:1708.07120).

    The same arguments on the same machine, with the same number of threads, give the same weights,
    byte for byte.

    Args:
        settings: of the network and its training.
        images: (N, 784), uint8, on the device that is to train.
        labels: (N,), uint8, on the same device.
        classes: number of them.
        after_epoch: told of each finished epoch, from 1.

    Returns:
        The finished classifier, and its history: a row an epoch, with `epoch` (from 1), `loss`
        (cross-entropy in nats, averaged over the epoch's batches) and `seconds`.
    """
    torch.manual_seed(settings.seed)
    model = Classifier(settings, classes).to(images.device)
    order = torch.Generator().manual_seed(settings.seed)
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
            loss = cross_entropy(model(as_pixels(images[chosen])), labels[chosen].long())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            summed += loss.detach()
        seconds = time.perf_counter() - started
        history.append({"epoch": epoch, "loss": summed.item() / steps, "seconds": seconds})
        after_epoch(epoch)
    return model.eval(), pd.DataFrame(history)
