"""A build: the report's items, made by whom the options name, and shown to whoever waits."""

from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from vae_report.display import Display
from vae_report.executor import Executor, Workers
from vae_report.incremental import explain, make_due
from vae_report.pipeline import Options, Report

_REMOTE_AT_ONCE = 64
"""Runs that wait for a cluster at a time; how many it does at a time is its own affair."""


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
            from vae_report.cluster import ClusterWorkers

            trainers = stack.enter_context(
                ClusterWorkers(options.scheduler, options.jobs, display.progress)
            )

        def stop() -> None:
            trainers.stop()
            workers.stop()

        report = Report(options, trainers, workers, console)
        at_once = options.jobs if trainers is workers else _REMOTE_AT_ONCE
        steps = make_due(report.items, _state(options), at_once, display, stop)
    if options.assets_only:
        return
    display.account(steps)
    display.say(f"The report is {options.root / 'site' / 'index.html'}; to look at it: make serve")


def plan(options: Options, console: Console) -> None:
    """Say what `build` would make, and why, and make nothing."""
    workers = Workers(options.jobs, lambda title, done: None)
    report = Report(options, workers, workers, console)
    Display(console).plan(explain(report.items, _state(options)))


def _state(options: Options) -> Path:
    return options.root / ".cache" / "made.json"
