"""A build of the report: its items are made by an executor, with progress on the console."""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from statistics import mean

from rich.console import Console

from vae_report.engine.display import Display
from vae_report.engine.forecast import Forecast, Speeds
from vae_report.engine.graph import Item, explain, make_missing
from vae_report.engine.workers import Executor, Job, Workers
from vae_report.settings import load_profiles
from vae_report.stages.context import Context, Options, one_thread
from vae_report.stages.finding import data_item
from vae_report.stages.report import items_after
from vae_report.training.runs import TIMED, TIMED_PIXELS, work

_REMOTE_AT_ONCE = 64
"""The number of runs submitted to a cluster at a time; the cluster decides how many it does."""

_TIMED_IMAGES = 3200

_BOUND = 2 * 2**30
"""The bytes that the store may hold after a build; entries of the build itself always stay."""

_WORTH_A_FORECAST = 15.0
"""The seconds of work below which there is no forecast."""


def build(options: Options, console: Console) -> None:
    """Make what is missing of a report; write what was made, why, and in what time.

    Args:
        options: The options of this build.
        console: The console to write to.

    Raises:
        ReportError: Something that the user can mend is in the way. What was finished is kept.
    """
    with ExitStack() as stack:
        display = stack.enter_context(Display(console))
        workers = stack.enter_context(Workers(options.jobs, display.progress))
        trainers: Executor = workers
        if options.executor == "dask":
            from vae_report.stages.cluster import cluster_workers

            trainers = stack.enter_context(
                cluster_workers(options.scheduler, options.jobs, display.progress)
            )

        context = Context(options, trainers, workers, console)
        stack.enter_context(context.held)
        at_once = options.jobs if trainers is workers else _REMOTE_AT_ONCE
        state = _state(options)
        # Other missing items are known once the data are found.
        data = data_item(context)
        outcomes = make_missing([data], context.store, state, at_once, display, context.stop)
        others = items_after(data, context)
        speeds = Speeds(options.root / ".cache" / "speeds.json")
        forecast = _forecast(context, others, speeds)
        if forecast:
            display.foresee(forecast)
        outcomes += make_missing(others, context.store, state, at_once, display, context.stop)
        context.store.prune(_keys([data, *others]), _BOUND)
        # Items that are made elsewhere wait for a process for an unknown time.
        if forecast and trainers is workers:
            speeds.learn(outcomes, forecast.expected)
    if options.assets_only:
        return
    display.account(outcomes)
    display.say(f"The report is {options.root / 'site' / 'index.html'}; to look at it: make serve")


def plan(options: Options, console: Console) -> None:
    """Write what `build` would make, and why, without making anything."""
    workers = Workers(options.jobs, lambda title, done: None)
    context = Context(options, workers, workers, console)
    data = data_item(context)
    items = [data, *items_after(data, context, alone=True)]
    Display(console).plan(explain(items, context.store, _state(options)))


def clean_unused(options: Options, console: Console) -> None:
    """Remove from the store what no profile of the report uses.

    Args:
        options: The options of a build; its profile does not matter.
        console: The console to write to.

    Raises:
        ReportError: The data set, on which all entries depend, cannot be found.
    """
    used: set[str] = set()
    with Workers(1, lambda title, done: None) as workers:
        for profile in load_profiles(options.root / "report.toml"):
            context = Context(replace(options, profile=profile), workers, workers, console)
            data, display = data_item(context), Display(Console(quiet=True))
            make_missing([data], context.store, _state(options), 1, display, context.stop)
            used |= _keys([data, *items_after(data, context, alone=True)])
    count, size = context.store.prune(used)
    console.print(
        f"{count} entries removed from {context.store.root}, {size / 2**20:.1f} MiB in all.",
        highlight=False,
        soft_wrap=True,
    )


def _keys(items: Iterable[Item]) -> set[str]:
    """List the keys of items' entries, as far as what they depend on exists."""
    keys: set[str] = set()
    for item in items:
        with suppress(FileNotFoundError):
            keys |= {entry.key for entry in item.entries()}
    return keys


def _forecast(context: Context, items: Sequence[Item], speeds: Speeds) -> Forecast | None:
    """Forecast a build; none if it is too short for that."""
    plan = explain(items, context.store, _state(context.options))
    missing = [item for item, reason in plan if reason]
    works = {item: item.work() for item in missing}
    if sum(works.values()) < _WORTH_A_FORECAST:
        return None
    jobs, trainers = context.options.jobs, context.trainers
    elsewhere = None if trainers is context.workers else trainers.at_once
    here = training = _slowness(context.workers, jobs, "cpu")
    trains = any(item.stage == "train" for item in missing)
    if trains and (elsewhere is not None or context.device != "cpu"):
        training = _slowness(trainers, jobs if elsewhere is None else elsewhere, context.device)
    expected = {
        item: work * (training if item.stage == "train" else here) * speeds.correction(item.stage)
        for item, work in works.items()
    }
    return Forecast(items, expected, jobs, elsewhere)


def _slowness(executor: Executor, at_once: int, device: str) -> float:
    """Return the time of a job beside others, relative to the reference machine."""
    if not at_once:  # A cluster without workers so far.
        return 1.0
    job = Job("speed", time_training, (device,))
    with ThreadPoolExecutor(at_once) as asking:
        try:
            found = list(asking.map(lambda _: executor.do(job), range(at_once)))
        except BaseException:
            executor.stop()  # A user who interrupts a build does not want to wait for its jobs.
            raise
    return mean(found)


def time_training(device: str) -> float:
    """Train on made-up images for about a second.

    Args:
        device: The device to train on, as torch names it.

    Returns:
        The time that training took, relative to the reference machine.
    """
    import torch

    from vae_report.training.loop import Images, train

    noise = torch.randint(256, (_TIMED_IMAGES, TIMED_PIXELS), dtype=torch.uint8).to(device)
    images = Images(noise, noise[: _TIMED_IMAGES // 10], noise[:1])
    with one_thread():
        train(TIMED, images)  # The first steps are slow.
        runs, started = 0, time.perf_counter()
        while (seconds := time.perf_counter() - started) < 1:
            train(TIMED, images)
            runs += 1
    return seconds / runs / work(TIMED, _TIMED_IMAGES, TIMED_PIXELS)


def _state(options: Options) -> Path:
    return options.root / ".cache" / "made.json"
