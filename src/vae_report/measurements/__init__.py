"""Measurements of finished runs: each a pure function of a model and images."""

# To import the modules of measurements is what fills the table of them.
from vae_report.measurements import (
    latent_space,
    losses,
    pictures,
    recognition,
    reconstruction,
    samples,
)

__all__ = ["latent_space", "losses", "pictures", "recognition", "reconstruction", "samples"]
