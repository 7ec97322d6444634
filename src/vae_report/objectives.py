r"""The terms of the loss, each in nats and one value an image.

The negative evidence lower bound is

$$-\mathrm{ELBO}(x) = \underbrace{-\mathbb{E}_{q(z|x)} \log p(x|z)}_{\text{reconstruction (BCE)}}
  + \underbrace{\mathrm{KL}(q(z|x) \,\|\, N(0, I))}_{\text{rate}}$$

(Kingma and Welling 2014, arXiv:1312.6114); training minimises reconstruction + β·rate (Higgins et
al. 2017, the β-VAE).
"""

from typing import NamedTuple

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from vae_report.models import Code


class Terms(NamedTuple):
    """The two terms of the loss, (N,) each, in nats an image."""

    bce: Tensor
    kl: Tensor

    def loss(self, beta: float) -> Tensor:
        """Weigh the rate by β; β = 1 gives the negative ELBO."""
        return self.bce + beta * self.kl


def terms(logits: Tensor, images: Tensor, code: Code) -> Terms:
    """Both terms of the loss of N images; a code without a variance has rate 0."""
    reconstruction = bernoulli_cross_entropy(logits, images)
    if code.log_variance is None:
        return Terms(reconstruction, reconstruction.new_zeros(len(reconstruction)))
    return Terms(reconstruction, kl_from_prior(code.mean, code.log_variance))


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
