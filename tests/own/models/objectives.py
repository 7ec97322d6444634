"""Models whose training lowers something else than the negative ELBO."""

import math

import torch

from vae_report.models import model
from vae_report.models.autoencoders import VAE
from vae_report.models.objectives import kl_by_dimension


@model("free-bits-vae", "VAE with free bits")
class FreeBitsVAE(VAE):
    """Each latent dimension may carry some nats for nothing (Kingma et al. 2016, 1606.04934)."""

    def __init__(self, *shape, free_bits=0.0):
        super().__init__(*shape)
        self.free_bits = free_bits

    def loss(self, batch, beta):
        rate = kl_by_dimension(batch.code).clamp_min(self.free_bits).sum()
        return batch.terms.bce.mean() + beta * rate


@model("tc-vae", "β-TC-VAE")
class TotalCorrelationVAE(VAE):
    """β weighs the total correlation alone (Chen et al. 2018, 1802.04942, minibatch weights)."""

    def loss(self, batch, beta):
        code, latents = batch.code, batch.latents
        # The density of each latent vector, by dimension, under the posterior of each image.
        squares = (latents[:, None] - code.mean).square() / code.log_variance.exp()
        densities = -0.5 * (squares + code.log_variance + math.log(2 * math.pi))
        weight = math.log(len(latents) * batch.train_images)
        joint = densities.sum(dim=2).logsumexp(dim=1) - weight
        product = (densities.logsumexp(dim=1) - weight).sum(dim=1)
        own = densities.diagonal().sum(dim=0)
        prior = -0.5 * (latents.square() + math.log(2 * math.pi)).sum(dim=1)
        rate = own - joint + beta * (joint - product) + product - prior
        return torch.mean(batch.terms.bce + rate)
