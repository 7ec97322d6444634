"""A model that is nothing like a perceptron, and behaves otherwise in training than after it."""

from torch import nn

from vae_report.models import model
from vae_report.models.autoencoders import VAE


@model("conv-vae", "Convolutional VAE")
class ConvolutionalVAE(VAE):
    """A VAE of 28 × 28 pixels with batch normalisation and dropout."""

    def __init__(self, latent, hidden, pixels, likelihood, *, dropout=0.2):
        super().__init__(latent, hidden, pixels, likelihood)
        [channels] = hidden
        self.encoder = nn.Sequential(
            nn.Unflatten(1, (1, 28, 28)),
            nn.Conv2d(1, channels, 3, stride=2, padding=1),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(channels * 14 * 14, 2 * latent),
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent, channels * 14 * 14),
            nn.Unflatten(1, (channels, 14, 14)),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.ConvTranspose2d(channels, 1, 4, stride=2, padding=1),
            nn.Flatten(),
        )
