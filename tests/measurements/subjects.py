"""What measurements look at: models of random weights, or whose codes stand in the images."""

import torch

from small_report import PIXELS, run_settings, shapes
from vae_report.measurements.measuring import Subject
from vae_report.models.autoencoders import VAE, Code, make_model

SIZES = {"train": 240, "validation": 60, "test": 100}


def subject(kind, latent=2, **changes):
    """A small model with random weights and small data, other for each split."""
    torch.manual_seed(0)
    model = make_model(run_settings(model=kind, latent=latent, **changes), PIXELS).eval()
    return seen_by(
        model, {split: shapes(size, seed) for seed, (split, size) in enumerate(SIZES.items())}
    )


def seen_by(model, splits):
    """A model with images and labels, as arrays, of each split."""
    return Subject(
        model,
        {name: torch.from_numpy(images) for name, (images, _) in splits.items()},
        {name: labels for name, (_, labels) in splits.items()},
    )


class Legible(VAE):
    """Reads the posterior's mean off an image's first pixels; its variance is 1/4 throughout."""

    def encode(self, images):
        mean = images[:, : self.latent]
        return Code(mean, torch.full_like(mean, 0.25).log())


def legible(latent, splits):
    """A subject of given codes: pixel values (N, L), uint8, and labels of each split."""

    def images(codes):
        blank = torch.zeros(len(codes), PIXELS, dtype=torch.uint8)
        blank[:, :latent] = torch.as_tensor(codes)
        return blank.numpy()

    model = Legible(latent, (4,), PIXELS)
    return seen_by(
        model, {name: (images(codes), labels) for name, (codes, labels) in splits.items()}
    )
