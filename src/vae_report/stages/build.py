"""A build: the report's items, made by whom the options name, and shown to whoever waits."""

import time
import tomllib
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
from vae_report.stages.context import Context, Options, one_thread
from vae_report.stages.finding import data_item
from vae_report.stages.report import items_after
from vae_report.training.runs import TIMED, TIMED_PIXELS, work

_REMOTE_AT_ONCE = 64
"""Runs that wait for a cluster at a time; how many it does at a time is its own affair."""

_TIMED_IMAGES = 3200

_BOUND = 2 * 2**30
"""Bytes that the store may hold after a build, besides what the build is made of."""

_WORTH_A_FORECAST = 15.0
"""Seconds of work for which nobody needs to be told beforehand how long they take."""


def build(options: Options, console: Console) -> None:
    """Make what is missing of a report; say what was made, why, and in what time.

    Args:
        options: The options of this build.
        console: The console to write to.

    Raises:
        ReportError: something that the user can mend is in the way. What was finished is kept.
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
        at_once = options.jobs if trainers is workers else _REMOTE_AT_ONCE
        state = _state(options)
        # What else is missing is known once the data are found.
        data = data_item(context)
        outcomes = make_missing([data], context.store, state, at_once, display, context.stop)
        others = items_after(data, context)
        speeds = Speeds(options.root / ".cache" / "speeds.json")
        forecast = _forecast(context, others, speeds)
        if forecast:
            display.foresee(forecast)
        outcomes += make_missing(others, context.store, state, at_once, display, context.stop)
        context.store.prune(_keys([data, *others]), _BOUND)
        # Items that are made elsewhere wait for a process, nobody knows how long.
        if forecast and trainers is workers:
            speeds.learn(outcomes, forecast.expected)
    if options.assets_only:
        return
    display.account(outcomes)
    display.say(f"The report is {options.root / 'site' / 'index.html'}; to look at it: make serve")


def plan(options: Options, console: Console) -> None:
    """Say what `build` would make, and why, and make nothing."""
    workers = Workers(options.jobs, lambda title, done: None)
    context = Context(options, workers, workers, console)
    data = data_item(context)
    items = [data, *items_after(data, context, alone=True)]
    Display(console).plan(explain(items, context.store, _state(options)))


def clean_unused(options: Options, console: Console) -> None:
    """Remove from the store what no profile of the report is made of.

    Args:
        options: The options of a build, whatever its profile.
        console: The console to write to.

    Raises:
        ReportError: The data set cannot be found, without which nothing tells what is used.
    """
    used: set[str] = set()
    tables = tomllib.loads((options.root / "report.toml").read_text(encoding="utf-8-sig"))
    with Workers(1, lambda title, done: None) as workers:
        for profile in tables["profiles"]:
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
    """List the entries that items are to have; not those of what depends on what is not there."""
    keys: set[str] = set()
    for item in items:
        with suppress(FileNotFoundError):
            keys |= {entry.key for entry in item.entries()}
    return keys


def _forecast(context: Context, items: Sequence[Item], speeds: Speeds) -> Forecast | None:
    """Foretell a build; nothing where it is so short that nobody needs to be told."""
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
    """Say how many times as long as on the reference machine a job takes where others run too."""
    if not at_once:  # A cluster whose workers are still to come.
        return 1.0
    job = Job("speed", time_training, (device,))
    with ThreadPoolExecutor(at_once) as asking:
        try:
            found = list(asking.map(lambda _: executor.do(job), range(at_once)))
        except BaseException:
            executor.stop()  # Whoever interrupts a build does not want to wait for its jobs.
            raise
    return mean(found)


def time_training(device: str) -> float:
    """Train on made-up images for about a second.

    Args:
        device: The device to train on, as torch names it.

    Returns:
        How many times as long training took as on the reference machine.
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
