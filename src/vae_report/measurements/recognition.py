"""What the judge sees in reconstructions and along straight lines in latent space."""

from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae_report.measurements.judge import Judge
from vae_report.measurements.measuring import Measured, Subject, measurement
from vae_report.measurements.pictures import INTERPOLATION_STEPS
from vae_report.models.autoencoders import AE
from vae_report.results.metrics import Interval, Scalar, record
from vae_report.results.uncertainty import mean_interval

PATHS = 500
_SEED = 0


@record
class Recognition:
    """What the judge sees in reconstructions and along straight lines in latent space."""

    label_kept: Annotated[float, Scalar("Label kept", 3, "highest")]
    label_kept_interval: Interval
    path_confidence: Annotated[float, Scalar("Confidence on paths", 3)]
    path_confidence_interval: Interval
    path_realism: Annotated[float, Scalar("Realism of paths", 3, "highest")]
    path_realism_interval: Interval


@measurement(recognition=Recognition)
def recognition(subject: Subject, judge: Judge) -> Measured:
    """Judge reconstructions of the test images, and images on the way from one to another."""
    confidence, realism = _along_paths(subject.model, subject.test_code.mean, judge)
    seen = {
        "label_kept": _label_kept(subject.test_reconstructions, judge).to(torch.uint8),
        "path_confidence": confidence,
        "path_realism": realism,
    }
    arrays = {name: each.cpu().numpy() for name, each in seen.items()}
    means = {name: each.double().mean().item() for name, each in seen.items()}
    intervals = {f"{name}_interval": mean_interval(array) for name, array in arrays.items()}
    return Measured({"recognition": means | intervals}, arrays)


@torch.inference_mode()
def _label_kept(reconstructions: Tensor, judge: Judge) -> Tensor:
    """Compare the labels (T,) predicted for test images and for their reconstructions."""
    seen = judge.probabilities(judge.features(reconstructions)).argmax(dim=1)
    return seen == judge.real_predictions


@torch.inference_mode()
def _along_paths(model: AE, codes: Tensor, judge: Judge) -> tuple[Tensor, Tensor]:
    """Judge the inner points of straight lines between the codes (T, L) of test images.

    Returns:
        The mean highest probability (Q,) and the share of realistic images (Q,) of each line.
    """
    pairs = pairs_of_classes(judge.real_labels.cpu().numpy(), PATHS)
    starts, ends = (codes[torch.from_numpy(side).to(codes.device)][:, None] for side in pairs)
    weights = torch.linspace(0, 1, INTERPOLATION_STEPS, device=starts.device)[1:-1, None]
    lines = torch.lerp(starts, ends, weights)
    features = judge.features(model.pixels(model.decode(lines.flatten(end_dim=1))))
    confidence = judge.probabilities(features).amax(dim=1)
    realistic = judge.realistic(features).float()
    return confidence.view(lines.shape[:2]).mean(dim=1), realistic.view(lines.shape[:2]).mean(dim=1)


def pairs_of_classes(
    labels: NDArray[np.uint8], count: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Draw pairs of images of different classes, always the same for the same labels.

    Args:
        labels: The labels, (N,), of at least two classes.
        count: The number of pairs, which all start at different images; N if that is fewer.

    Returns:
        The indices of the starts and of the ends.
    """
    generator = np.random.default_rng(_SEED)
    starts = generator.permutation(len(labels))[:count]
    ends = [generator.choice(np.flatnonzero(labels != labels[start])) for start in starts]
    return starts, np.array(ends)
