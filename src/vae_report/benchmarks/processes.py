"""A comparison of the ways in which runs can share the cores."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch

from vae_report.benchmarks.record import Findings, Summary, ratio, take_turns
from vae_report.benchmarks.setting import Setting, run_settings
from vae_report.engine.workers import Job, Workers
from vae_report.settings import RunSettings
from vae_report.training.loop import Images, train
from vae_report.training.runs import DataPlace, load_once

ONE, TWO, THREADS = (
    "1 process of 1 thread",
    "2 processes of 1 thread",
    "1 process of 2 threads",
)


def measure(setting: Setting) -> Findings:
    """Train a handful of equal runs through the executor, in each of three ways."""
    runs, images = 4, setting.choose(27_000, 1000)
    settings = run_settings(latent=20, hidden=(400,), epochs=1)
    with workers(1) as one, workers(2) as two:

        def seconds(workers: Workers, threads: int) -> Callable[[], float]:
            job = Job("run", train_run, (settings, setting.place, images, threads), counts=True)
            return lambda: seconds_for(workers, [job] * runs)

        taken = take_turns(
            {ONE: seconds(one, 1), TWO: seconds(two, 1), THREADS: seconds(one, 2)},
            setting.choose(3, 1),
            discard=1,
        )
    return Findings(
        {
            f"{runs} equal runs": {
                **{
                    name: Summary.of([60 * runs / each for each in values], "runs/min")
                    for name, values in taken.items()
                },
                "2 processes, as fast as 1": ratio(taken, ONE, TWO),
                "2 processes, as fast as 2 threads": ratio(taken, THREADS, TWO),
            }
        }
    )


def seconds_for(workers: Workers, jobs: list[Job[None]]) -> float:
    """Time jobs that are all handed over at once."""
    with ThreadPoolExecutor(len(jobs)) as asking:
        started = time.perf_counter()
        list(asking.map(workers.do, jobs))
        return time.perf_counter() - started


def train_run(
    settings: RunSettings,
    place: DataPlace,
    images: int,
    threads: int,
    progress: Callable[[int], None],
) -> None:
    """Train on the first images, and keep nothing."""
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    dataset = load_once(place)
    training = torch.from_numpy(dataset.train_images[:images])
    validation = torch.from_numpy(dataset.validation_images[:100])
    train(settings, Images(training, validation, validation[:1]), progress)


def workers(count: int) -> Workers:
    """Start processes whose progress is not shown."""
    return Workers(count, lambda name, done: None)
