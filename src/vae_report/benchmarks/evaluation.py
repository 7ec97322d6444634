"""The importance-weighted bound: many images at once, and one after the other."""

import time
from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from vae_report.benchmarks.names import BATCHED, LOOP
from vae_report.benchmarks.record import Findings, Summary, ratio, take_turns
from vae_report.benchmarks.setting import Setting
from vae_report.measurements.evidence import importance_weighted_bound
from vae_report.models.autoencoders import VAE

SAMPLES = 50
"""The number of latent vectors per image."""


def measure(setting: Setting) -> Findings:
    """Bound the evidence of the same images both ways."""
    taken = take_turns(make_evaluations(setting), setting.choose(7, 2), discard=1)
    speeds = {
        name: Summary.of([_images(setting) / each for each in seconds], "images/s")
        for name, seconds in taken.items()
    }
    speed_up = {"at once, as fast as one by one": ratio(taken, LOOP, BATCHED)}
    return Findings({f"importance-weighted bound, {SAMPLES} draws an image": speeds | speed_up})


def make_evaluations(setting: Setting) -> dict[str, Callable[[], float]]:
    """Return functions that time the evaluation of the images in each way, on one thread."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = VAE(latent=20, hidden=(400,), pixels=setting.dataset.side**2)
    images = torch.from_numpy(setting.dataset.test_images[: _images(setting)])

    def seconds(batches: Iterable[Tensor]) -> float:
        started = time.perf_counter()
        for batch in batches:
            importance_weighted_bound(model, batch, SAMPLES, torch.Generator())
        return time.perf_counter() - started

    return {BATCHED: lambda: seconds([images]), LOOP: lambda: seconds(images.split(1))}


def _images(setting: Setting) -> int:
    return setting.choose(500, 20)
