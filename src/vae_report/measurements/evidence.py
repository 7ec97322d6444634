"""A tighter bound on the evidence than the ELBO."""

import math
from collections.abc import Callable
from typing import Annotated

import torch
from torch import Tensor

from vae_report.measurements.elbo import Bound
from vae_report.measurements.measuring import Measured, Subject, measurement
from vae_report.models.autoencoders import AE, Code, as_pixels, reparameterize
from vae_report.results.metrics import Scalar, record
from vae_report.training.streams import stream

ROWS = 600
"""Latent vectors that are decoded at a time: as many as leave their logits in the caches."""


def log_mean_weight(
    code: Code, noise: Tensor, log_likelihood: Callable[[Tensor], Tensor]
) -> Tensor:
    r"""Bound the log-evidence of N observations from K draws of each one's posterior.

    $\log \frac{1}{K} \sum_k \frac{p(x|z_k) \, p(z_k)}{q(z_k|x)}$ with $z_k \sim q(z|x)$, whose
    expectation rises from the ELBO at K = 1 towards $\log p(x)$ (Burda et al. 2015,
    arXiv:1509.00519). All of it happens in log space, where nothing under- or overflows.

    Args:
        code: of N posteriors, with a variance.
        noise: (K, N, L), standard normal.
        log_likelihood: $\log p(x|z)$ of (K, N, L) latent vectors: (K, N), in nats.

    Returns:
        (N,), in nats.
    """
    assert code.log_variance is not None
    latents = reparameterize(code, noise)
    # What both densities have in common, the power of 2π, cancels.
    log_prior = -0.5 * latents.square().sum(dim=2)
    log_posterior = -0.5 * (noise.square() + code.log_variance).sum(dim=2)
    log_weights = log_likelihood(latents) + log_prior - log_posterior
    return torch.logsumexp(log_weights, dim=0) - math.log(len(noise))


@torch.inference_mode()
def importance_weighted_bound(
    model: AE, images: Tensor, samples: int, draws: torch.Generator
) -> Tensor:
    """Bound the log-evidence of images from below.

    Args:
        model: that has a likelihood: no plain autoencoder has one.
        images: (N, pixels), uint8.
        samples: latent vectors K that are drawn for each image.
        draws: from which they are drawn, on the CPU.

    Returns:
        (N,), in nats an image.
    """

    def bound(chunk: Tensor) -> Tensor:
        pixels = as_pixels(chunk)
        noise = torch.randn(samples, len(chunk), model.latent, generator=draws).to(chunk.device)

        def log_likelihood(latents: Tensor) -> Tensor:
            # No copy of the images for every draw, which `cross_entropy` would need.
            logits = model.decode(latents.flatten(end_dim=1)).unflatten(0, latents.shape[:2])
            log_partitions = model.likelihood.log_partition(logits).sum(dim=2)
            return torch.einsum("knp,np->kn", logits, pixels) - log_partitions

        return log_mean_weight(model.encode(pixels), noise, log_likelihood)

    return torch.cat([bound(chunk) for chunk in images.split(max(1, ROWS // samples))])


@record
class Evidence:
    """A tighter bound on the negative log-likelihood of the test images (Burda et al. 2015).

    It takes long, and is measured with the first seed alone; so it has no interval.
    """

    bound: Annotated[float, Bound("Bound")]
    draws: Annotated[int, Scalar("Draws")]


@measurement(evidence=Evidence)
def evidence(subject: Subject, importance_samples: int, seed: int, first: bool) -> Measured:
    """Bound the evidence of the test images more tightly than the ELBO.

    That is done for headline VAEs, and of each for its first seed alone.
    """
    if not (first and subject.model.variational):
        return Measured()
    draws = stream(seed, "importance draws")
    bound = importance_weighted_bound(
        subject.model, subject.images["test"], importance_samples, draws
    )
    mean = float(-bound.cpu().numpy().mean(dtype="float64"))
    return Measured({"evidence": Evidence(bound=mean, draws=importance_samples)})
