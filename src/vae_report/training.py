"""One run: settings and images in, weights and history out."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import torch
from torch import Tensor

from vae_report.config import RunSettings
from vae_report.models import AE, as_pixels, make_model
from vae_report.objectives import likelihood, loss_terms


@dataclass(frozen=True)
class Images:
    """The images of a run on its device: (N, pixels), uint8.

    Attributes:
        training: what the weights are fitted to.
        validation: what is measured after every epoch.
        fixed: few validation images whose reconstructions are kept at the snapshot epochs.
    """

    training: Tensor
    validation: Tensor
    fixed: Tensor


@dataclass(frozen=True)
class TrainedRun:
    """What training leaves.

    Attributes:
        model: with its final weights.
        history: a row an epoch, with the columns that `vae_report.results.RunResult` names.
        snapshots: the arrays `snapshot_...` that `vae_report.results.RunResult` names.
    """

    model: AE
    history: pd.DataFrame
    snapshots: dict[str, Tensor]


def train(
    settings: RunSettings,
    images: Images,
    after_epoch: Callable[[int], None] = lambda epoch: None,
) -> TrainedRun:
    """Train one model.

    The same settings and images on the same machine, with the same number of threads, give the
    same weights, byte for byte.

    Args:
        settings: of the run.
        images: on the device that is to train.
        after_epoch: told of each finished epoch, from 1.
    """
    device = images.training.device
    # Weights are drawn on the CPU, and the order of images and the noise each have a generator of
    # their own, so that a VAE and an AE of one seed see the same images in the same order.
    torch.manual_seed(settings.seed)
    pixels = images.training.shape[1]
    model = make_model(settings.model, settings.latent, settings.hidden, pixels).to(device)
    step = PlainStep(model, settings.beta)
    order, noise, prior = (torch.Generator().manual_seed(settings.seed) for _ in range(3))
    prior_draws = torch.randn(len(images.fixed), settings.latent, generator=prior).to(device)

    batch = min(settings.batch_size, len(images.training))
    steps = len(images.training) // batch
    rate = 0.0
    history = []
    snapshots: list[tuple[int, Tensor, Tensor]] = []
    for epoch in range(1, settings.epochs + 1):
        started = time.perf_counter()
        permutation = torch.randperm(len(images.training), generator=order).to(device)
        epsilon = torch.randn(steps, batch, settings.latent, generator=noise).to(device)
        summed = torch.zeros(2, device=device)
        for number in range(steps):
            rate = learning_rate(settings, (epoch - 1) * steps + number, settings.epochs * steps)
            chosen = permutation[number * batch : (number + 1) * batch]
            summed += step(as_pixels(images.training[chosen]), epsilon[number], rate)
        bce, kl = (summed / steps).tolist()
        seconds = time.perf_counter() - started
        measured = likelihood(model, images.validation, settings.seed)
        history.append(
            {
                "epoch": epoch,
                "learning_rate": rate,
                "seconds": seconds,
                **_columns("train", model, bce, kl),
                **_columns("validation", model, measured.bce, measured.kl),
                "validation_mean_decoded_loss": measured.mean_decoded_loss,
            }
        )
        if epoch in settings.snapshots or epoch == settings.epochs:
            snapshots.append((epoch, *_snapshot(model, images.fixed, prior_draws)))
        after_epoch(epoch)

    epochs, reconstructions, samples = zip(*snapshots, strict=True)
    return TrainedRun(
        model,
        pd.DataFrame(history),
        {
            "snapshot_epochs": torch.tensor(epochs),
            "snapshot_originals": as_pixels(images.fixed).cpu(),
            "snapshot_reconstructions": torch.stack(reconstructions),
            "snapshot_samples": torch.stack(samples),
        },
    )


class PlainStep:
    """One step of Adam (Kingma and Ba 2015, arXiv:1412.6980) on a batch, by autograd.

    Args:
        model: whose weights are updated in place.
        beta: weight of the KL term.
    """

    def __init__(self, model: AE, beta: float) -> None:
        self.model = model
        self.beta = beta
        self.optimizer = torch.optim.Adam(model.parameters(), fused=True)

    def __call__(self, pixels: Tensor, noise: Tensor, rate: float) -> Tensor:
        """Update the weights.

        Args:
            pixels: (N, pixels), in [0, 1].
            noise: (N, L), standard normal.
            rate: the learning rate.

        Returns:
            (2,): BCE and KL before the update, in nats, averaged over the batch.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        parts = loss_terms(self.model, pixels, noise)
        self.optimizer.zero_grad()
        parts.loss(self.beta).mean().backward()
        self.optimizer.step()
        return torch.stack([parts.bce.mean(), parts.kl.mean()]).detach()


def learning_rate(settings: RunSettings, step: int, total: int) -> float:
    """Rise linearly over the warm-up, then fall along a cosine (Loshchilov and Hutter 2017).

    Args:
        settings: the peak rate, and the fractions of warm-up and of the final rate.
        step: of `total`, counted from 0.
        total: number of steps in the run.
    """
    warmup = math.ceil(settings.warmup * total)
    if step < warmup:
        return settings.learning_rate * (step + 1) / warmup
    progress = (step - warmup) / max(1, total - warmup - 1)
    cosine = 0.5 * (1 + math.cos(math.pi * progress))
    return settings.learning_rate * (settings.final_rate + (1 - settings.final_rate) * cosine)


def _columns(split: str, model: AE, bce: float, kl: float) -> dict[str, float]:
    """Name the columns; an autoencoder has a BCE alone."""
    rate = kl if model.variational else math.nan
    return {f"{split}_negative_elbo": bce + rate, f"{split}_bce": bce, f"{split}_kl": rate}


@torch.inference_mode()
def _snapshot(model: AE, images: Tensor, draws: Tensor) -> tuple[Tensor, Tensor]:
    """Reconstruct the fixed images and decode the fixed draws: (n, pixels) probabilities each."""
    logits, _ = model(as_pixels(images))
    return torch.sigmoid(logits).cpu(), torch.sigmoid(model.decode(draws)).cpu()
