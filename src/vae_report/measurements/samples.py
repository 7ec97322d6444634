"""Images decoded from draws of the prior, and of a mixture fitted to an autoencoder's codes."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.mixture import GaussianMixture
from torch import Tensor

from vae_report.measurements.judge import Judge
from vae_report.measurements.measuring import Measured, Subject, measurement, reconstruct
from vae_report.measurements.quality import SampleQuality, sample_quality
from vae_report.models.autoencoders import Code
from vae_report.training.streams import stream, stream_seed

SHOWN = 100
"""The number of images that are kept for figures."""

COMPONENTS = 20
"""The number of Gaussians in a mixture: more than classes, since the codes of one class need not
form one cluster, and few enough that hundreds of codes determine each covariance."""

_POSTERIORS = 2500
_FITTED = 10_000
_ROWS = 50
_NEGLIGIBLE = -80.0


@measurement(samples=SampleQuality)
@torch.inference_mode()
def samples(subject: Subject, judge: Judge, generated: int, seed: int) -> Measured:
    """Judge draws from N(0, I), decoded; the same for all runs of one latent size and seed."""
    model = subject.model
    draws = torch.randn(generated, model.latent, generator=stream(seed, "prior draws"))
    latents = draws.to(judge.real_images.device)
    images = reconstruct(model, Code(latents, None))
    judged = sample_quality(images, judge)
    arrays: dict[str, NDArray[np.generic]] = {
        "sample_entropy": judged.entropy,
        "sample_recognised": judged.recognised,
        "sample_sharpness": judged.sharpness,
        "sample_frechet_resampled": judged.frechet_resampled,
        "sample_images": images[:SHOWN].cpu().numpy(),
    }
    if model.variational:
        mean, log_variance = subject.reference_code
        assert log_variance is not None
        known = Code(mean[:_POSTERIORS], log_variance[:_POSTERIORS])
        density = log_aggregate_posterior(latents, known)
        arrays["sample_density"] = density.float().cpu().numpy()
    return Measured({"samples": judged.quality}, arrays)


@measurement(mixture_samples=SampleQuality)
@torch.inference_mode()
def mixture(subject: Subject, judge: Judge, generated: int, seed: int, headline: bool) -> Measured:
    """Judge what a headline autoencoder decodes from a Gaussian mixture fitted to its codes.

    A density fitted after training makes a generator of it (Ghosh et al. 2020, arXiv:1903.12436).
    """
    if not headline or subject.model.variational:
        return Measured()
    codes = subject.reference_code.mean[:_FITTED]
    drawn = _drawn_alike(codes.double().cpu().numpy(), generated, seed)
    images = reconstruct(subject.model, Code(torch.from_numpy(drawn).to(codes), None))
    judged = sample_quality(images, judge)
    return Measured(
        {"mixture_samples": judged.quality},
        {
            "mixture_frechet_resampled": judged.frechet_resampled,
            "mixture_images": images[:SHOWN].cpu().numpy(),
        },
    )


def log_aggregate_posterior(latents: Tensor, code: Code) -> Tensor:
    r"""Measure how densely encoded images populate the latent space.

    $\log \frac{1}{N} \sum_n q(z|x_n)$, the aggregate posterior (Makhzani et al. 2016,
    arXiv:1511.05644) of N images. The squares in the exponents are multiplied out, which leaves one
    product of matrices for all pairs; they cancel to far fewer digits, hence the double precision.

    Args:
        latents: The latent vectors, (G, L).
        code: The code of N images, with a variance.

    Returns:
        The log-densities, (G,), in nats, float64.
    """
    assert code.log_variance is not None
    mean, log_variance = code.mean.double(), code.log_variance.double()
    precision = torch.exp(-log_variance)
    normalizer = (mean.square() * precision + log_variance + math.log(2 * math.pi)).sum(dim=1)
    factors = torch.column_stack([-0.5 * precision, mean * precision, -0.5 * normalizer])
    x = latents.double()
    terms = torch.column_stack([x.square(), x, torch.ones_like(x[:, :1])])

    def log_sums(exponents: Tensor) -> Tensor:
        largest = exponents.amax(dim=1, keepdim=True)
        # Smaller terms do not change the rounded sum, and numbers that underflow are slow.
        shares = (exponents - largest).clamp_(min=_NEGLIGIBLE).exp_()
        return shares.sum(dim=1).log() + largest[:, 0]

    sums = [log_sums(part @ factors.T) for part in terms.split(_ROWS)]
    return torch.cat(sums) - math.log(len(mean))


def _drawn_alike(codes: NDArray[np.float64], count: int, seed: int) -> NDArray[np.float64]:
    """Fit a mixture to (N, L) codes and draw (count, L) from it, in random order."""
    draws = stream_seed(seed, "mixture")
    # scikit-learn accepts no larger seeds.
    fitted = GaussianMixture(COMPONENTS, random_state=draws % 2**32).fit(codes)
    drawn: NDArray[np.float64] = fitted.sample(count)[0]
    return np.random.default_rng(draws).permutation(drawn)
