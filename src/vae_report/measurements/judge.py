"""The judge of samples: a trained classifier, and what it sees in the real test images."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
import torch
from safetensors.torch import load
from torch import Tensor

from vae_report.data import Dataset
from vae_report.measurements.frechet import Reference
from vae_report.measurements.neighbours import nearest, reached
from vae_report.measurements.sharpness import laplacian_energy
from vae_report.models.autoencoders import as_pixels
from vae_report.models.objectives import CHUNK
from vae_report.results.uncertainty import mean_interval
from vae_report.settings import ClassifierSettings
from vae_report.training.classifier import Classifier

NEIGHBOUR = 5
"""The k of Naeem et al. 2020: the k-th nearest neighbour bounds a real image's neighbourhood."""


class Neighbourhoods(NamedTuple):
    """N images in the neighbourhoods of T real ones (Naeem et al. 2020, arXiv:2002.09797).

    Attributes:
        density: The average number of neighbourhoods that an image lies in, divided by k.
        coverage: The share of neighbourhoods that contain an image.
        realistic: The result of `Judge.realistic`, (N,), bool.
    """

    density: float
    coverage: float
    realistic: Tensor


@dataclass(frozen=True, eq=False)
class Judge:
    """Judges images in the feature space of a classifier, beside real images.

    What it knows of the real images is computed once, when it is first needed.

    Attributes:
        classifier: The trained classifier, in evaluation mode, on the device that measures.
        real_images: The test images, (T, pixels), uint8.
        real_labels: The labels of the test images, (T,), uint8.
        classes: The number C of classes.
    """

    classifier: Classifier
    real_images: Tensor
    real_labels: Tensor
    classes: int

    @classmethod
    def of(
        cls, settings: ClassifierSettings, weights: bytes, dataset: Dataset, device: str
    ) -> Self:
        """Rebuild the classifier from its weights, and bring the test images to its device.

        Args:
            settings: The settings of the classifier.
            weights: The weights in the safetensors format.
            dataset: The data set on which it was trained.
            device: The device, as torch names it.
        """
        classes = len(dataset.classes)
        classifier = Classifier(settings, classes, dataset.side)
        classifier.load_state_dict(load(weights))
        images, labels = (
            torch.from_numpy(array).to(device)
            for array in (dataset.test_images, dataset.test_labels)
        )
        return cls(classifier.eval().to(device), images, labels, classes)

    @torch.inference_mode()
    def features(self, pixels: Tensor) -> Tensor:
        """Describe (N, pixels) pixels in [0, 1], or uint8, by (N, F) features."""
        return torch.cat([self.classifier.features(_floats(part)) for part in pixels.split(CHUNK)])

    @torch.inference_mode()
    def probabilities(self, features: Tensor) -> Tensor:
        """Return (N, C) probabilities of the classes of (N, F) features."""
        logits = [self.classifier.classify(part) for part in features.split(CHUNK)]
        return torch.cat(logits).softmax(dim=1)

    @cached_property
    def real_features(self) -> Tensor:
        """(T, F) features of the real images."""
        return self.features(self.real_images)

    @cached_property
    def real_predictions(self) -> Tensor:
        """(T,) most probable classes of the real images."""
        return self.probabilities(self.real_features).argmax(dim=1)

    @cached_property
    @torch.inference_mode()
    def real_radii(self) -> Tensor:
        """(T,) distances from real images to their k-th nearest others in the feature space.

        Improved precision (Kynkäänniemi et al. 2019, arXiv:1904.06991) and density and coverage
        (Naeem et al. 2020, arXiv:2002.09797) have these neighbourhoods; here k = `NEIGHBOUR`, or
        the farthest if there are fewer.
        """
        # The nearest is the image itself.
        count = min(NEIGHBOUR + 1, len(self.real_features))
        squares, _ = nearest(self.real_features, self.real_features, count)
        return squares[:, -1].sqrt()

    @cached_property
    @torch.inference_mode()
    def real_sharpness(self) -> Tensor:
        """(T,) energies of the Laplacian of the real images."""
        return laplacian_energy(as_pixels(self.real_images))

    @cached_property
    @torch.inference_mode()
    def unit(self) -> Tensor:
        """The real features' standard deviation: the root of their mean variance."""
        return self.real_features.var(dim=0).mean().sqrt()

    @cached_property
    @torch.inference_mode()
    def reference(self) -> Reference:
        """The real features, in units of `unit`, to which Fréchet distances are measured."""
        return Reference(self.real_features / self.unit)

    @cached_property
    def _typical(self) -> Tensor:
        """(T,), bool: the neighbourhoods that count for `realistic`."""
        return self.real_radii <= self.real_radii.median()

    @torch.inference_mode()
    def realistic(self, features: Tensor) -> Tensor:
        """Tell for each of (N, F) features whether it lies in a real image's neighbourhood.

        This is whether the realism score of Kynkäänniemi et al. 2019 (arXiv:1904.06991) reaches 1.
        As there, the half of the neighbourhoods with the larger radii does not count, since those
        of outliers are so large that they contain noise. So not all real images pass either.

        Returns:
            An entry for each of the features, (N,), bool.
        """
        _, realistic, _ = self._reached(features, self._typical)
        return realistic

    @torch.inference_mode()
    def neighbourhoods(self, features: Tensor) -> Neighbourhoods:
        """Count (N, F) features in the neighbourhoods of real images; all neighbourhoods count."""
        pairs, realistic, covered = self._reached(features, self._typical)
        more_pairs, _, more_covered = self._reached(features, ~self._typical)
        density = (pairs + more_pairs) / (NEIGHBOUR * len(features))
        coverage = int(covered.sum() + more_covered.sum()) / len(self.real_images)
        return Neighbourhoods(density, coverage, realistic)

    def _reached(self, features: Tensor, those: Tensor) -> tuple[int, Tensor, Tensor]:
        return reached(features, self.real_features[those], self.real_radii[those])


def classifier_metrics(judge: Judge) -> dict[str, Any]:
    """Measure the classifier on the test images.

    Returns:
        The share of images with the right label as `accuracy`, its interval as `accuracy_interval`,
        the share in each class as `recall`, and the number of weights as `parameters`.
    """
    correct = (judge.real_predictions == judge.real_labels).cpu().numpy()
    labels = judge.real_labels.cpu().numpy()
    return {
        "accuracy": float(np.mean(correct)),
        "accuracy_interval": mean_interval(correct),
        "recall": [float(np.mean(correct[labels == name])) for name in range(judge.classes)],
        "parameters": sum(weights.numel() for weights in judge.classifier.parameters()),
    }


def _floats(pixels: Tensor) -> Tensor:
    return as_pixels(pixels) if pixels.dtype == torch.uint8 else pixels
