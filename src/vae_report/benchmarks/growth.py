"""The growth of the time of training with images, with runs, and with latent dimensions."""

import os
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch

from vae_report.benchmarks.processes import seconds_for, train_run, workers
from vae_report.benchmarks.record import Findings, Summary, take_turns
from vae_report.benchmarks.setting import Setting, run_settings
from vae_report.engine.workers import Job
from vae_report.training.loop import Images, train

_SHARES_OF_IMAGES = 1 / 6, 1 / 3, 2 / 3, 1
_RUNS = 1, 2, 4, 8, 16
_LATENTS = 2, 8, 32, 128
_FEW_IMAGES = 5_000


def measure(setting: Setting) -> Findings:
    """Train 784–400–20 for one epoch, with more and more of one thing, on one thread per run."""
    torch.set_num_threads(1)
    turns, part = setting.choose((2, 1), (1, 20))
    dataset = setting.dataset
    every = np.concatenate([dataset.train_images, dataset.validation_images])
    few = _FEW_IMAGES // part

    def seconds(images: int = few, latent: int = 20) -> float:
        chosen = torch.from_numpy(every[:images])
        settings = run_settings(latent, (400,), epochs=1)
        started = time.perf_counter()
        train(settings, Images(chosen, chosen[:100], chosen[:1]))
        return time.perf_counter() - started

    with workers(os.cpu_count() or 1) as processes:
        arguments = run_settings(20, (400,), epochs=1), setting.place, few, 1
        job = Job("run", train_run, arguments, counts=True)
        questions: dict[str, tuple[tuple[int, ...], Callable[[int], float]]] = {
            "images": (
                tuple(round(share * len(every) / part) for share in _SHARES_OF_IMAGES),
                lambda images: seconds(images=images),
            ),
            "runs": (_RUNS, lambda runs: seconds_for(processes, [job] * runs)),
            "latent dimensions": (_LATENTS, lambda latent: seconds(latent=latent)),
        }
        taken = {
            quantity: take_turns(
                {f"{amount} {quantity}": partial(ask, amount) for amount in amounts},
                turns,
                discard=1,
            )
            for quantity, (amounts, ask) in questions.items()
        }
    tables = {
        f"seconds by {quantity}": {
            name: Summary.of(values, "s") for name, values in of_quantity.items()
        }
        for quantity, of_quantity in taken.items()
    }
    curves = {
        quantity: [
            (float(amount), summary.median)
            for amount, summary in zip(
                questions[quantity][0], tables[f"seconds by {quantity}"].values(), strict=True
            )
        ]
        for quantity in questions
    }
    return Findings(tables, {"training_growth": curves})
