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
"""The number of latent vectors decoded at a time, few enough to keep their logits in caches."""


def log_mean_weight(
    code: Code, noise: Tensor, log_likelihood: Callable[[Tensor], Tensor]
) -> Tensor:
    r"""Bound the log-evidence of N observations from K draws of the posterior of each.

    $\log \frac{1}{K} \sum_k \frac{p(x|z_k) \, p(z_k)}{q(z_k|x)}$ with $z_k \sim q(z|x)$, whose
    expectation rises from the ELBO at K = 1 towards $\log p(x)$ (Burda et al. 2015,
    arXiv:1509.00519). It is computed in log space, which avoids underflow and overflow.

    Args:
        code: The code of N images, with a variance.
        noise: Standard normal noise, (K, N, L).
        log_likelihood: A function from (K, N, L) latent vectors to $\log p(x|z)$, (K, N), in nats.

    Returns:
        The bounds, (N,), in nats.
    """
    assert code.log_variance is not None
    latents = reparameterize(code, noise)
    # The factor that both densities share, the power of 2π, cancels.
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
        model: A variational model; a plain autoencoder has no evidence.
        images: The images, (N, pixels), uint8.
        samples: The number K of latent vectors drawn for each image.
        draws: The generator of the latent vectors, on the CPU.

    Returns:
        The bounds, (N,), in nats per image.
    """

    def bound(chunk: Tensor) -> Tensor:
        pixels = as_pixels(chunk)
        noise = torch.randn(samples, len(chunk), model.latent, generator=draws).to(chunk.device)

        def log_likelihood(latents: Tensor) -> Tensor:
            # `cross_entropy` would need a copy of the images for every draw.
            logits = model.decode(latents.flatten(end_dim=1)).unflatten(0, latents.shape[:2])
            log_partitions = model.likelihood.log_partition(logits).sum(dim=2)
            return torch.einsum("knp,np->kn", logits, pixels) - log_partitions

        return log_mean_weight(model.encode(pixels), noise, log_likelihood)

    return torch.cat([bound(chunk) for chunk in images.split(max(1, ROWS // samples))])


@record
class Evidence:
    """A tighter bound on the negative log-likelihood of the test images (Burda et al. 2015).

    It is costly, so only the first seed is measured and there is no interval.
    """

    bound: Annotated[float, Bound("Bound")]
    draws: Annotated[int, Scalar("Draws")]


@measurement(evidence=Evidence)
def evidence(subject: Subject, importance_samples: int, seed: int, first: bool) -> Measured:
    """Bound the evidence of the test images more tightly than the ELBO.

    Only the first seed of each headline VAE is measured.
    """
    if not (first and subject.model.variational):
        return Measured()
    draws = stream(seed, "importance draws")
    bound = importance_weighted_bound(
        subject.model, subject.images["test"], importance_samples, draws
    )
    mean = float(-bound.cpu().numpy().mean(dtype="float64"))
    return Measured({"evidence": Evidence(bound=mean, draws=importance_samples)})
