"""Models that do not do what a model does."""

from torch import nn

from vae_report.models import model
from vae_report.models.autoencoders import VAE


@model("raising")
class Raising(VAE):
    def encode(self, images):
        raise RuntimeError("the first line\nand the second")


@model("square")
class Square(VAE):
    def decode(self, latents):
        return super().decode(latents).unflatten(1, (28, 28))


@model("pointless")
class Pointless(VAE):
    def encode(self, images):
        return super().encode(images).mean


@model("certain")
class Certain(VAE):
    def encode(self, images):
        return super().encode(images)._replace(log_variance=None)


@model("per-image")
class PerImage(VAE):
    def loss(self, batch, beta):
        return batch.terms.loss(beta)


@model("detached")
class Detached(VAE):
    def loss(self, batch, beta):
        return super().loss(batch, beta).detach()


@model("tied")
class Tied(VAE):
    def __init__(self, *shape):
        super().__init__(*shape)
        self.again = nn.Linear(1, 1)
        self.again.weight = self.decoder[0].weight
