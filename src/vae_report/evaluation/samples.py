"""What a model makes of latent vectors that encode no image: draws from a prior, and from a fit."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.mixture import GaussianMixture
from torch import Tensor

from vae_report.evaluation.judge import Judge
from vae_report.evaluation.measuring import Measured, Subject, measurement
from vae_report.evaluation.quality import sample_quality
from vae_report.models import Code, as_pixels

SHOWN = 100
"""Images that are kept to be looked at."""

COMPONENTS = 20
"""Gaussians of a mixture: more than classes, as the codes of one class need not form one cluster,
and few enough that hundreds of codes tell each covariance."""

_POSTERIORS = 5000
_FITTED = 10_000
_ROWS = 50
_SEED = 0


@measurement
@torch.inference_mode()
def samples(subject: Subject, judge: Judge, generated: int) -> Measured:
    """Judge draws from N(0, I), decoded; the same draws for all runs of one latent size."""
    model = subject.model
    draws = torch.Generator().manual_seed(_SEED)
    latents = torch.randn(generated, model.latent, generator=draws).to(judge.real_images.device)
    images = model.pixels(model.decode(latents))
    judged = sample_quality(images, judge)
    arrays = {
        "sample_entropy": judged.entropy,
        "sample_images": images[:SHOWN].cpu().numpy(),
    }
    if model.variational:
        density = log_aggregate_posterior(latents, _training_code(subject, _POSTERIORS))
        arrays["sample_density"] = density.float().cpu().numpy()
    return Measured({"samples": judged.quality.model_dump()}, arrays)


@measurement
@torch.inference_mode()
def mixture(subject: Subject, judge: Judge, generated: int, headline: bool) -> Measured:
    """Judge what a headline autoencoder decodes from a Gaussian mixture fitted to its codes.

    A density fitted after training makes a generator of it (Ghosh et al. 2020, arXiv:1903.12436).
    """
    if not headline or subject.model.variational:
        return Measured()
    codes = _training_code(subject, _FITTED).mean
    latents = torch.from_numpy(_drawn_alike(codes.double().cpu().numpy(), generated)).to(codes)
    images = subject.model.pixels(subject.model.decode(latents))
    quality = sample_quality(images, judge).quality
    return Measured(
        {"mixture_samples": quality.model_dump()},
        {"mixture_images": images[:SHOWN].cpu().numpy()},
    )


def log_aggregate_posterior(latents: Tensor, code: Code) -> Tensor:
    r"""Measure how densely encoded images populate the latent space.

    $\log \frac{1}{N} \sum_n q(z|x_n)$, the aggregate posterior (Makhzani et al. 2016,
    arXiv:1511.05644) of N images. The squares in the exponents are multiplied out, which leaves one
    product of matrices for all pairs; they cancel to far fewer digits, hence the double precision.

    Args:
        latents: (G, L).
        code: of N images, with a variance.

    Returns:
        (G,) log-densities, in nats, float64.
    """
    assert code.log_variance is not None
    mean, log_variance = code.mean.double(), code.log_variance.double()
    precision = torch.exp(-log_variance)
    normalizer = (mean.square() * precision + log_variance + math.log(2 * math.pi)).sum(dim=1)
    factors = torch.cat([-0.5 * precision, mean * precision], dim=1).T
    terms = torch.cat([latents.double().square(), latents.double()], dim=1)
    sums = [
        torch.addmm(-0.5 * normalizer, part, factors).logsumexp(dim=1)
        for part in terms.split(_ROWS)
    ]
    return torch.cat(sums) - math.log(len(mean))


def _training_code(subject: Subject, count: int) -> Code:
    """Encode training images chosen at random, the same for all runs."""
    images = subject.images["train"]
    chosen = torch.randperm(len(images), generator=torch.Generator().manual_seed(_SEED))[:count]
    return subject.model.encode(as_pixels(images[chosen.to(images.device)]))


def _drawn_alike(codes: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Fit a mixture to (N, L) codes and draw (count, L) from it, in no order."""
    fitted = GaussianMixture(COMPONENTS, random_state=_SEED).fit(codes)
    drawn: NDArray[np.float64] = fitted.sample(count)[0]
    return np.random.default_rng(_SEED).permutation(drawn)
