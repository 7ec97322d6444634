"""The two models: an autoencoder, and the variational autoencoder that differs in one layer.

A model of another kind is a subclass of either, under `@model`. It may replace three methods, whose
contracts are:

- `encode` turns (N, pixels) images into a `Code` of (N, L) numbers, with a variance if the class
  says `variational`, and else without;
- `decode` turns (N, L) latent vectors into (N, pixels) logits;
- `loss` turns a `Batch` into the number that a training step lowers.

Its weights are those in `state_dict`. It is in training mode during training, and in evaluation
mode during measurement. Its class is called with the arguments of `AE`, in the same order, and
with the `options` of its run in `report.toml`, by name. `vae_report.training.trial` runs a few
images through a model before it is trained.
"""

import inspect
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from vae_report.errors import ReportError
from vae_report.models import model, model_named
from vae_report.models.likelihoods import BERNOULLI, LIKELIHOODS, Likelihood
from vae_report.registry import load, place_of
from vae_report.settings import RunSettings


class Code(NamedTuple):
    """The output of an encoder for N images.

    Attributes:
        mean: The posterior's mean, (N, L); the latent vector itself in a plain autoencoder.
        log_variance: The logarithm of the posterior's diagonal variance, (N, L); none in a plain
            autoencoder, whose code is a point.
    """

    mean: Tensor
    log_variance: Tensor | None


class Terms(NamedTuple):
    """The two terms of the loss, (N,) each, in nats per image."""

    bce: Tensor
    kl: Tensor

    def loss(self, beta: float | Tensor) -> Tensor:
        """Weigh the rate by β; β = 1 gives the negative ELBO."""
        return self.bce + beta * self.kl


class Batch(NamedTuple):
    """N training images, and the outputs of a model for them.

    Attributes:
        pixels: The images, (N, pixels), in [0, 1].
        code: The images, encoded.
        latents: The vectors that are decoded, (N, L): draws from the posteriors, or the codes of a
            plain autoencoder.
        logits: The latent vectors, decoded: (N, pixels).
        terms: Reconstruction and rate of each image.
        train_images: The number of all training images.
    """

    pixels: Tensor
    code: Code
    latents: Tensor
    logits: Tensor
    terms: Terms
    train_images: int


@model("ae")
class AE(nn.Module):
    r"""A plain autoencoder: $z = f(x)$, pixel logits $g(z)$.

    Args:
        latent: The number L of dimensions of the latent space.
        hidden: The widths of the encoder's hidden layers; the decoder mirrors them.
        pixels: The number of pixels of an image.
        likelihood: The likelihood of a pixel given its logit.

    Example:
        >>> model = AE(latent=2, hidden=(512, 256), pixels=784)
        >>> logits, code = model(torch.rand(5, 784))
        >>> logits.shape, code.mean.shape
        (torch.Size([5, 784]), torch.Size([5, 2]))
    """

    variational: ClassVar[bool] = False
    """Whether the code is a distribution, and the loss has a rate."""

    label: ClassVar[str]
    """The model's name in tables and figures, from `@model`."""

    def __init__(
        self,
        latent: int,
        hidden: Sequence[int],
        pixels: int,
        likelihood: Likelihood = BERNOULLI,
    ) -> None:
        super().__init__()
        self.latent = latent
        self.likelihood = likelihood
        self.encoder = _perceptron([pixels, *hidden, (2 if self.variational else 1) * latent])
        self.decoder = _perceptron([latent, *reversed(hidden), pixels])

    def encode(self, images: Tensor) -> Code:
        """Encode (N, pixels) images in [0, 1]."""
        return Code(self.encoder(images), None)

    def decode(self, latents: Tensor) -> Tensor:
        """Decode (N, L) latent vectors to (N, pixels) logits."""
        logits: Tensor = self.decoder(latents)
        return logits

    def loss(self, batch: Batch, beta: float | Tensor) -> Tensor:
        """Average reconstruction + β·rate over a batch, which training minimises.

        The history of a run has the two terms separately and unweighted, whatever the loss is.

        Args:
            batch: The images and all that was made of them.
            beta: The weight of the KL term at this step.

        Returns:
            A scalar, in nats per image.
        """
        return batch.terms.loss(beta).mean()

    def pixels(self, logits: Tensor) -> Tensor:
        """Turn logits into the pixel values, in [0, 1], that the likelihood expects."""
        return self.likelihood.mean(logits)

    def forward(self, images: Tensor, noise: Tensor | None = None) -> tuple[Tensor, Code]:
        """Reconstruct images.

        Args:
            images: The images, (N, pixels), in [0, 1].
            noise: Standard normal noise, (N, L). Without it the mean is decoded.

        Returns:
            The logits, (N, pixels), and the code of the images.
        """
        code = self.encode(images)
        return self.decode(reparameterize(code, noise)), code


@model("vae")
class VAE(AE):
    r"""A variational autoencoder (Kingma and Welling 2014, arXiv:1312.6114).

    The posterior is $q(z|x) = N(\mu(x), \operatorname{diag} \sigma^2(x))$, the prior $N(0, I)$;
    the decoder gives one logit a pixel.
    """

    variational: ClassVar[bool] = True

    def encode(self, images: Tensor) -> Code:
        """Encode (N, pixels) images in [0, 1] to the posterior's mean and log-variance."""
        mean, log_variance = self.encoder(images).chunk(2, dim=1)
        return Code(mean, log_variance)


def make_model(settings: RunSettings, pixels: int) -> AE:
    """Build the model of a run with freshly drawn weights.

    Args:
        settings: The settings of the run.
        pixels: The number of pixels of an image.

    Raises:
        ReportError: There is no model of that name, or it does not take these options.
    """
    name = model_named(settings.model)
    made, options = load(name), dict(settings.options)
    given = settings.latent, settings.hidden, pixels, LIKELIHOODS[settings.likelihood]
    try:
        inspect.signature(made).bind(*given, **options)
    except TypeError as error:
        raise ReportError(
            f"report.toml: options = {options} of a run of '{settings.model}': {error}; correct "
            f"them, or the class in {place_of(name)}."
        ) from error
    model: AE = made(*given, **options)
    return model


def about(model: AE) -> dict[str, str | bool | int]:
    """Return the fields of `vae_report.results.metrics.Training` that describe a model."""
    return {
        "label": model.label,
        "variational": model.variational,
        "parameters": sum(weight.numel() for weight in model.parameters()),
    }


def as_pixels(images: Tensor) -> Tensor:
    """Turn uint8 images into float32 pixels in [0, 1]."""
    return images.float().div_(255)


def reparameterize(code: Code, noise: Tensor | None) -> Tensor:
    r"""Draw $z = \mu + \sigma \odot \epsilon$, through which gradients reach $\mu$ and $\sigma$.

    Args:
        code: The code of N images.
        noise: The standard normal $\epsilon$, (N, L). Without it or a variance, the mean results.
    """
    if noise is None or code.log_variance is None:
        return code.mean
    return code.mean + torch.exp(0.5 * code.log_variance) * noise


def _perceptron(widths: Sequence[int]) -> nn.Sequential:
    """Return linear layers of these widths with a ReLU between each two."""

    def layers() -> Iterator[nn.Module]:
        for number, (inputs, outputs) in enumerate(pairwise(widths)):
            if number:
                yield nn.ReLU()
            yield nn.Linear(inputs, outputs)

    return nn.Sequential(*layers())
