"""A build: the report's items, made by whom the options name, and shown to whoever waits."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from statistics import mean

from rich.console import Console

from vae_report.engine.display import Display
from vae_report.engine.forecast import Forecast, Speeds
from vae_report.engine.graph import Item, explain, make_due
from vae_report.engine.workers import Executor, Job, Workers
from vae_report.stages.jobs import time_training
from vae_report.stages.report import Options, Report

_REMOTE_AT_ONCE = 64
"""Runs that wait for a cluster at a time; how many it does at a time is its own affair."""

_WORTH_A_FORECAST = 15.0
"""Seconds of work for which nobody needs to be told beforehand how long they take."""


def build(options: Options, console: Console) -> None:
    """Make what is due of a report, say what was made, why, and in what time.

    Args:
        options: of this build.
        console: to write to.

    Raises:
        ReportError: something that the user can mend is in the way. What was finished is kept.
    """
    with ExitStack() as stack:
        display = stack.enter_context(Display(console))
        workers = stack.enter_context(Workers(options.jobs, display.progress))
        trainers: Executor = workers
        if options.executor == "dask":
            from vae_report.engine.dask import ClusterWorkers

            trainers = stack.enter_context(
                ClusterWorkers(options.scheduler, options.jobs, display.progress)
            )

        def stop() -> None:
            trainers.stop()
            workers.stop()

        report = Report(options, trainers, workers, console)
        at_once = options.jobs if trainers is workers else _REMOTE_AT_ONCE
        state = _state(options)
        # What else is due is known once the data are found.
        data, others = report.items[:1], report.items[1:]
        steps = make_due(data, state, at_once, display, stop)
        speeds = Speeds(options.root / ".cache" / "speeds.json")
        forecast = _forecast(report, others, speeds)
        if forecast:
            display.foresee(forecast)
        steps += make_due(others, state, at_once, display, stop)
        # Items that are made elsewhere wait for a process, nobody knows how long.
        if forecast and trainers is workers:
            speeds.learn(steps, forecast.expected)
    if options.assets_only:
        return
    display.account(steps)
    display.say(f"The report is {options.root / 'site' / 'index.html'}; to look at it: make serve")


def plan(options: Options, console: Console) -> None:
    """Say what `build` would make, and why, and make nothing."""
    workers = Workers(options.jobs, lambda title, done: None)
    report = Report(options, workers, workers, console)
    Display(console).plan(explain(report.items, _state(options)))


def _forecast(report: Report, items: Sequence[Item], speeds: Speeds) -> Forecast | None:
    """Foretell a build; nothing where it is so short that nobody needs to be told."""
    due = [item for item, reason in explain(items, _state(report.options)) if reason]
    works = {item: item.work() for item in due}
    if sum(works.values()) < _WORTH_A_FORECAST:
        return None
    jobs, trainers = report.options.jobs, report.trainers
    elsewhere = None if trainers is report.workers else trainers.at_once
    here = training = _slowness(report.workers, jobs, "cpu")
    trains = any(item.stage == "train" for item in due)
    if trains and (elsewhere is not None or report.device != "cpu"):
        training = _slowness(trainers, jobs if elsewhere is None else elsewhere, report.device)
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
            found = list(asking.map(executor.do, [job] * at_once))
        except BaseException:
            executor.stop()  # Whoever interrupts a build does not want to wait for its jobs.
            raise
    return mean(float(time) for times in found for time in times)


def _state(options: Options) -> Path:
    return options.root / ".cache" / "made.json"
