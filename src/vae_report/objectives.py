r"""The terms of the loss, each in nats and one value an image.

The negative evidence lower bound is

$$-\mathrm{ELBO}(x) = \underbrace{-\mathbb{E}_{q(z|x)} \log p(x|z)}_{\text{reconstruction (BCE)}}
  + \underbrace{\mathrm{KL}(q(z|x) \,\|\, N(0, I))}_{\text{rate}}$$

(Kingma and Welling 2014, arXiv:1312.6114); training minimises reconstruction + β·rate (Higgins et
al. 2017, the β-VAE).
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from vae_report.models import AE, as_pixels

CHUNK = 1000
"""Images at a time: large enough to be fast, small enough for the processor's caches."""


class Terms(NamedTuple):
    """The two terms of the loss, (N,) each, in nats an image."""

    bce: Tensor
    kl: Tensor

    def loss(self, beta: float | Tensor) -> Tensor:
        """Weigh the rate by β; β = 1 gives the negative ELBO."""
        return self.bce + beta * self.kl


def loss_terms(model: AE, pixels: Tensor, noise: Tensor | None = None) -> Terms:
    """Measure both terms of a model's loss.

    Args:
        model: whose reconstructions are judged.
        pixels: (N, pixels), in [0, 1].
        noise: (N, L), standard normal; without it the posterior's mean is decoded.

    Returns:
        The terms of each image; a code without a variance has rate 0.
    """
    logits, code = model(pixels, noise)
    bce = bernoulli_cross_entropy(logits, pixels)
    if code.log_variance is None:
        return Terms(bce, torch.zeros_like(bce))
    return Terms(bce, kl_from_prior(code.mean, code.log_variance))


def bernoulli_cross_entropy(logits: Tensor, images: Tensor) -> Tensor:
    r"""Sum over pixels of $-x \log p - (1 - x) \log(1 - p)$, $p$ the sigmoid of the logit.

    Args:
        logits: (N, pixels).
        images: (N, pixels), in [0, 1].

    Returns:
        (N,), in nats an image.
    """
    return binary_cross_entropy_with_logits(logits, images, reduction="none").sum(dim=1)


def kl_from_prior(mean: Tensor, log_variance: Tensor) -> Tensor:
    r"""KL divergence of a diagonal Gaussian from $N(0, I)$, in closed form.

    $\frac{1}{2} \sum_j (\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2)$ (Kingma and Welling 2014,
    appendix B).

    Args:
        mean: (N, L).
        log_variance: (N, L).

    Returns:
        (N,), in nats an image.
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1)


@dataclass(frozen=True)
class Likelihood:
    """Averages over images, in nats per image.

    Attributes:
        bce: cross-entropy under one latent vector drawn for each image.
        kl: rate of the posterior, not weighted by β; 0 for an autoencoder.
        mean_decoded_bce: cross-entropy under the posterior's mean.
    """

    bce: float
    kl: float
    mean_decoded_bce: float

    @property
    def negative_elbo(self) -> float:
        """An upper bound on the negative log-likelihood."""
        return self.bce + self.kl

    @property
    def mean_decoded_loss(self) -> float:
        """What decoding the mean makes of the negative ELBO: smaller, and no bound."""
        return self.mean_decoded_bce + self.kl


@torch.inference_mode()
def likelihood(model: AE, images: Tensor, seed: int) -> Likelihood:
    """Measure the terms of the loss.

    Args:
        model: finished or in training.
        images: (N, pixels), uint8.
        seed: of the noise; one seed gives all models of one latent size the same.
    """
    noise = torch.Generator().manual_seed(seed)
    sums = torch.zeros(3, dtype=torch.float64)
    for chunk in images.split(CHUNK):
        pixels = as_pixels(chunk)
        epsilon = torch.randn(len(chunk), model.latent, generator=noise).to(chunk.device)
        sampled, decoded = loss_terms(model, pixels, epsilon), loss_terms(model, pixels)
        sums += torch.stack([sampled.bce.sum(), sampled.kl.sum(), decoded.bce.sum()]).cpu()
    return Likelihood(*(sums / len(images)).tolist())
