r"""The terms of the loss, in nats, with one value per image.

The negative evidence lower bound is

$$-\mathrm{ELBO}(x) = \underbrace{-\mathbb{E}_{q(z|x)} \log p(x|z)}_{\text{reconstruction (BCE)}}
  + \underbrace{\mathrm{KL}(q(z|x) \,\|\, N(0, I))}_{\text{rate}}$$

(Kingma and Welling 2014, arXiv:1312.6114); training minimises reconstruction + β·rate (Higgins et
al. 2017, the β-VAE).
"""

from typing import NamedTuple

import torch
from torch import Tensor

from vae_report.models.autoencoders import AE, Batch, Code, Terms, as_pixels, reparameterize

CHUNK = 1000
"""The number of images at a time, large enough to be fast, small enough for the caches."""


def loss_terms(model: AE, pixels: Tensor, noise: Tensor | None = None) -> Terms:
    """Measure both terms of a model's loss.

    Args:
        model: The model whose reconstructions are compared with the images.
        pixels: The images, (N, pixels), in [0, 1].
        noise: Standard normal noise, (N, L); without it the posterior's mean is decoded.

    Returns:
        The terms of each image.
    """
    return seen_by(model, pixels, noise).terms


def seen_by(model: AE, pixels: Tensor, noise: Tensor | None = None, train_images: int = 0) -> Batch:
    """Let a model reconstruct images, and return all that its loss may use.

    Args:
        model: The model.
        pixels: The images, (N, pixels), in [0, 1].
        noise: Standard normal noise, (N, L); without it the posterior's mean is decoded.
        train_images: The number of all training images.
    """
    code = model.encode(pixels)
    latents = reparameterize(code, noise)
    logits = model.decode(latents)
    terms = Terms(model.likelihood.cross_entropy(logits, pixels), rate(code))
    return Batch(pixels, code, latents, logits, terms, train_images)


def rate(code: Code) -> Tensor:
    """Return the KL divergence of N codes from the prior, (N,); 0 for a code without a variance."""
    if code.log_variance is None:
        return code.mean.new_zeros(len(code.mean))
    return kl_from_prior(code.mean, code.log_variance)


def kl_by_dimension(code: Code) -> Tensor:
    """Average the rate of each latent dimension: (L,), in nats per image; their sum is the KL.

    Args:
        code: The code of N images, with a variance.
    """
    assert code.log_variance is not None
    rates = kl_from_prior(code.mean.reshape(-1, 1), code.log_variance.reshape(-1, 1))
    return rates.view_as(code.mean).mean(dim=0)


def kl_from_prior(mean: Tensor, log_variance: Tensor) -> Tensor:
    r"""Compute the KL divergence of a diagonal Gaussian from $N(0, I)$, in closed form.

    $\frac{1}{2} \sum_j (\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2)$ (Kingma and Welling 2014,
    appendix B).

    Args:
        mean: The means, (N, L).
        log_variance: The logarithms of the variances, (N, L).

    Returns:
        The divergences, (N,), in nats per image.
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1)


class MeasuredTerms(NamedTuple):
    """The measured terms of the loss of N images, (N,) each, on the CPU, in nats per image.

    Attributes:
        bce: The cross-entropy given one latent vector drawn for each image.
        kl: The rate of the posterior, not weighted by β; 0 for an autoencoder.
        mean_decoded_bce: The cross-entropy given the posterior's mean.
    """

    bce: Tensor
    kl: Tensor
    mean_decoded_bce: Tensor

    @property
    def mean_decoded_loss(self) -> Tensor:
        """The negative ELBO with the mean decoded in place of a draw: smaller, and no bound."""
        return self.mean_decoded_bce + self.kl


@torch.inference_mode()
def measure_terms(model: AE, images: Tensor, noise: torch.Generator) -> MeasuredTerms:
    """Measure the terms of the loss, image by image.

    Args:
        model: The model, during training or after.
        images: The images, (N, pixels), uint8.
        noise: The generator of the latent vectors, on the CPU; from one state, all models of one
            latent size get the same draws.
    """

    def measure(chunk: Tensor) -> Tensor:
        pixels = as_pixels(chunk)
        epsilon = torch.randn(len(chunk), model.latent, generator=noise).to(chunk.device)
        code = model.encode(pixels)
        latents = [code.mean]
        # For an autoencoder the draw is the mean, which is decoded once.
        if code.log_variance is not None:
            latents.append(reparameterize(code, epsilon))
        entropies = [model.likelihood.cross_entropy(model.decode(z), pixels) for z in latents]
        return torch.stack([entropies[-1], rate(code), entropies[0]]).cpu()

    return MeasuredTerms(*torch.cat([measure(chunk) for chunk in images.split(CHUNK)], dim=1))
