"""One run: settings and images in, weights and history out."""

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import torch
from torch import Tensor

from vae_report.models.autoencoders import AE, VAE, as_pixels, make_model
from vae_report.models.objectives import measure_terms, seen_by
from vae_report.settings import RunSettings
from vae_report.training.fast_step import FastStep
from vae_report.training.streams import stream, stream_seed


@dataclass(frozen=True)
class Images:
    """The images of a run on its device: (N, pixels), uint8.

    Attributes:
        training: The images to which the weights are fitted.
        validation: The images that are measured after every epoch.
        fixed: A few validation images whose reconstructions are kept at the snapshot epochs.
    """

    training: Tensor
    validation: Tensor
    fixed: Tensor


@dataclass(frozen=True)
class TrainedRun:
    """The result of training a run.

    Attributes:
        model: The model with its final weights.
        history: A row per epoch, with the columns of `vae_report.results.Replicate`.
        snapshots: The arrays `snapshot_...` of `vae_report.results.Replicate`.
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
        settings: The settings of the run.
        images: The images, on the device that is to train.
        after_epoch: A function that is called with the number of each epoch, from 1, even after
            the run diverged.
    """
    run = RunInProgress(settings, images)
    device = images.training.device
    # FastStep holds the gradient of these two classes' loss, and of no other.
    fast = device.type == "cpu" and type(run.model) in (AE, VAE)
    step = FastStep(run.model) if fast else PlainStep(run.model, len(images.training))
    for epoch in range(1, settings.epochs + 1):
        if not run.diverged:
            started = time.perf_counter()
            order, noise = (drawn.to(device) for drawn in run.draw())
            summed = torch.zeros(2, device=device)
            batches = zip(order, noise, *run.schedule(epoch), strict=True)
            for chosen, epsilon, rate, beta in batches:
                summed += step(images.training.index_select(0, chosen), epsilon, rate, beta)
            bce, kl = (summed / len(order)).tolist()
            run.record(epoch, time.perf_counter() - started, bce, kl)
        after_epoch(epoch)
    return run.finished()


class RunInProgress:
    """A run in progress: its random draws and its records.

    Args:
        settings: The settings of the run.
        images: The images, on the device that trains.

    Attributes:
        model: The model with its current weights.
        diverged: Whether the loss stopped being finite, which ends the run.
    """

    def __init__(self, settings: RunSettings, images: Images) -> None:
        device = images.training.device
        self._settings = settings
        self._images = images
        self._batch = min(settings.batch_size, len(images.training))
        self._steps = len(images.training) // self._batch
        # Everything is drawn on the CPU, each from a separate stream, so that a VAE and an AE of
        # one seed see the same images in the same order.
        torch.manual_seed(stream_seed(settings.seed, "weights"))
        pixels = images.training.shape[1]
        self.model = make_model(settings, pixels).to(device)
        self.diverged = False
        self._order = stream(settings.seed, "order")
        self._noise = stream(settings.seed, "training noise")
        prior = stream(settings.seed, "fixed prior draws")
        draws = torch.randn(len(images.fixed), settings.latent, generator=prior)
        self._prior_draws = draws.to(device)
        self._history: list[dict[str, float]] = []
        self._snapshots: list[tuple[int, Tensor, Tensor]] = []

    def draw(self) -> tuple[Tensor, Tensor]:
        """Draw an epoch's batches: (steps, N) indices of images, and (steps, N, L) noise."""
        order = torch.randperm(len(self._images.training), generator=self._order)
        batches = self._steps, self._batch
        noise = torch.randn(*batches, self._settings.latent, generator=self._noise)
        return order[: self._steps * self._batch].view(batches), noise

    def schedule(self, epoch: int) -> tuple[list[float], list[float]]:
        """Return the learning rate and the weight of the KL term at each step of an epoch."""
        total = self._settings.epochs * self._steps
        steps = range((epoch - 1) * self._steps, epoch * self._steps)
        rates = [learning_rate(self._settings, step, total) for step in steps]
        return rates, [kl_weight(self._settings, step, total) for step in steps]

    def record(self, epoch: int, seconds: float, bce: float, kl: float) -> None:
        """Measure the model, and keep a row of the history and, if it is time, a snapshot."""
        settings = self._settings
        rates, _ = self.schedule(epoch)
        noise = stream(settings.seed, "validation noise")
        self.model.eval()
        measured = measure_terms(self.model, self._images.validation, noise)
        validation_bce, validation_kl, decoded_bce = (
            term.mean(dtype=torch.float64).item() for term in measured
        )
        losses = bce, kl, validation_bce, validation_kl, decoded_bce
        self.diverged = not all(map(math.isfinite, losses))
        self._history.append(
            {
                "epoch": epoch,
                "learning_rate": rates[-1],
                "seconds": seconds,
                **_columns("train", self.model, bce, kl),
                **_columns("validation", self.model, validation_bce, validation_kl),
                "validation_mean_decoded_loss": decoded_bce + validation_kl,
            }
        )
        if self.diverged or epoch in settings.snapshots or epoch == settings.epochs:
            kept = _snapshot(self.model, self._images.fixed, self._prior_draws)
            self._snapshots.append((epoch, *kept))
        self.model.train()
        if self.diverged:
            # Among stacked runs, the weights go on changing.
            self.model = copy.deepcopy(self.model)

    def finished(self) -> TrainedRun:
        """Return the result of the training."""
        epochs, reconstructions, samples = zip(*self._snapshots, strict=True)
        return TrainedRun(
            self.model,
            pd.DataFrame(self._history),
            {
                "snapshot_epochs": torch.tensor(epochs),
                "snapshot_originals": as_pixels(self._images.fixed).cpu(),
                "snapshot_reconstructions": torch.stack(reconstructions),
                "snapshot_samples": torch.stack(samples),
            },
        )


class PlainStep:
    """One step of Adam (Kingma and Ba 2015, arXiv:1412.6980) on a batch, by autograd.

    Args:
        model: The model, whose weights are updated in place.
        train_images: The number of all training images.
    """

    def __init__(self, model: AE, train_images: int) -> None:
        self.model = model
        self.train_images = train_images
        self.optimizer = torch.optim.Adam(model.parameters(), fused=True)

    def __call__(self, images: Tensor, noise: Tensor, rate: float, beta: float) -> Tensor:
        """Update the weights.

        Args:
            images: The images, (N, pixels), uint8.
            noise: Standard normal noise, (N, L).
            rate: The learning rate.
            beta: The weight of the KL term.

        Returns:
            The BCE and KL before the update, (2,), in nats, averaged over the batch.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        batch = seen_by(self.model, as_pixels(images), noise, self.train_images)
        self.optimizer.zero_grad()
        self.model.loss(batch, beta).backward()
        self.optimizer.step()
        return torch.stack([term.mean() for term in batch.terms]).detach()


def learning_rate(settings: RunSettings, step: int, total: int) -> float:
    """Rise linearly over the warm-up, then fall along a cosine (Loshchilov and Hutter 2017).

    Args:
        settings: The peak rate, and the fractions of warm-up and of the final rate.
        step: The number of the step among `total`, counted from 0.
        total: The number of steps in the run.
    """
    warmup = math.ceil(settings.warmup * total)
    if step < warmup:
        return settings.learning_rate * (step + 1) / warmup
    progress = (step - warmup) / max(1, total - warmup - 1)
    cosine = 0.5 * (1 + math.cos(math.pi * progress))
    return settings.learning_rate * (settings.final_rate + (1 - settings.final_rate) * cosine)


def kl_weight(settings: RunSettings, step: int, total: int) -> float:
    """Rise linearly from 0 to β over the KL warm-up (Bowman et al. 2016, arXiv:1511.06349).

    Args:
        settings: The value of β, and the fraction of the steps in which it is reached.
        step: The number of the step among `total`, counted from 0.
        total: The number of steps in the run.
    """
    warmup = math.ceil(settings.kl_warmup * total)
    return settings.beta * (step / warmup if step < warmup else 1)


def _columns(split: str, model: AE, bce: float, kl: float) -> dict[str, float]:
    """Return the columns of a split; an autoencoder has only a BCE."""
    rate = kl if model.variational else math.nan
    return {f"{split}_negative_elbo": bce + rate, f"{split}_bce": bce, f"{split}_kl": rate}


@torch.inference_mode()
def _snapshot(model: AE, images: Tensor, draws: Tensor) -> tuple[Tensor, Tensor]:
    """Reconstruct the fixed images and decode the fixed draws to (n, pixels) pixel values each."""
    logits, _ = model(as_pixels(images))
    return model.pixels(logits).cpu(), model.pixels(model.decode(draws)).cpu()
