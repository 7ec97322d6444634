"""Baselines for the quality of samples: images that no network made, judged as samples are."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import torch
from sklearn.decomposition import PCA
from torch import Tensor

from vae_report.measurements.judge import Judge, classifier_metrics
from vae_report.measurements.measuring import Measured, Measurement
from vae_report.measurements.quality import SampleQuality, sample_quality
from vae_report.measurements.samples import SHOWN
from vae_report.models.autoencoders import as_pixels
from vae_report.training.streams import stream


@partial(Measurement, records={"classifier": dict, "samples": dict[str, SampleQuality]})
@torch.inference_mode()
def baselines(
    judge: Judge, train_images: Tensor, generated: int, latents: Sequence[int], seed: int
) -> Measured:
    """Measure how good the judge is, and judge the images with which samples are compared.

    Args:
        judge: The judge, on the device of the images.
        train_images: The training images, (N, pixels), uint8.
        generated: The number of images of each kind; fewer real ones if there are not as many.
        latents: The numbers of principal components.
        seed: The seed of all random draws.

    Returns:
        The metrics of the classifier, and the quality of real training images (`real`), of Gaussian
        noise with each pixel's own mean and variance (`noise`) and, as `pca-L` for each number L of
        principal components, of draws from a Gaussian fitted to their scores; with the arrays that
        `vae_report.results.JudgeResult` names.
    """
    quality, arrays = {}, {"real_sharpness": judge.real_sharpness.cpu().numpy()}
    for name, images in _images(train_images, generated, latents, seed):
        judged = sample_quality(images, judge)
        quality[name] = judged.quality
        arrays[f"{name}_frechet_resampled"] = judged.frechet_resampled
        arrays[f"{name}_images"] = images[:SHOWN].cpu().numpy()
        if name == "noise":
            arrays["noise_recognised"] = judged.recognised
    return Measured({"classifier": classifier_metrics(judge), "samples": quality}, arrays)


def _images(
    train: Tensor, count: int, latents: Sequence[int], seed: int
) -> Iterator[tuple[str, Tensor]]:
    """Yield the name of each baseline and its images, (count, pixels)."""
    draws = stream(seed, "baselines")

    def normal(size: int) -> Tensor:
        return torch.randn(count, size, generator=draws).to(train.device)

    chosen = torch.randperm(len(train), generator=draws)[:count]
    yield "real", as_pixels(train[chosen.to(train.device)])
    mean, deviation, axes = _moments(train, max(latents))
    yield "noise", (mean + deviation * normal(len(mean))).clamp(0, 1)
    for size in latents:
        yield f"pca-{size}", (mean + normal(size) @ axes[:size]).clamp(0, 1)


def _moments(train: Tensor, components: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return each pixel's mean and standard deviation (D,), and scaled axes (components, D).

    An axis is a principal component times the standard deviation of its scores: these are
    uncorrelated, hence what is drawn along each axis alone has their full covariance.
    """
    pixels = as_pixels(train)
    deviation, mean = torch.std_mean(pixels, dim=0)
    pca = PCA(components, svd_solver="covariance_eigh").fit(pixels.cpu().numpy())
    axes = pca.components_ * np.sqrt(pca.explained_variance_)[:, None]
    return mean, deviation, torch.from_numpy(axes).to(mean)
