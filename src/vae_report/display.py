"""What a build says while it works, and the account it gives at the end."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from vae_report.incremental import Item, Step, critical_path

_SLOWEST = 10


class Display:
    """Bars where a person watches, and a line for whatever is made.

    Used as a context, in which it watches a build.

    Args:
        console: to write to.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._started = time.perf_counter()
        self._bars: dict[str, TaskID] = {}
        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn())
        self._progress = Progress(
            *columns, console=console, transient=True, disable=not console.is_terminal
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def starts(self, step: Step) -> None:
        """Show a bar for an item that is being made, or say so, and why it is due."""
        title = step.item.title
        if not self.console.is_terminal:
            self.say(f"{title} ... ({step.reason})")
        self._bars[title] = self._progress.add_task(title, total=step.item.length)

    def progress(self, title: str, done: int) -> None:
        """Move the bar of an item; a job that no item is named after has none."""
        if title in self._bars:
            self._progress.update(self._bars[title], completed=done)

    def ends(self, step: Step) -> None:
        """Say that an item is made, and how long it took."""
        self._progress.remove_task(self._bars.pop(step.item.title))
        because = f" ({step.reason})" if self.console.is_terminal else ""
        self.say(f"{step.item.title}: {step.seconds:.1f} s{because}")

    def say(self, line: str) -> None:
        """Write one line."""
        self.console.print(line, highlight=False, markup=False, soft_wrap=True)

    def plan(self, plan: Iterable[tuple[Item, str | None]]) -> None:
        """Say of each item whether a build would make it, and why."""
        for item, reason in plan:
            self.say(f"{item.title}: {reason or 'reused'}")

    def account(self, steps: Sequence[Step]) -> None:
        """Say what each stage made and reused, what took longest, and what the end waited for."""
        made: dict[str, list[Step]] = defaultdict(list)
        reused = Counter(step.item.stage for step in steps if step.reason is None)
        for step in steps:
            made[step.item.stage] += [step] if step.reason is not None else []
        table = Table(box=None, pad_edge=False)
        for heading in ("stage", "made", "reused", "seconds"):
            table.add_column(heading, justify="left" if heading == "stage" else "right")
        for stage, of_stage in made.items():
            seconds = sum(step.seconds for step in of_stage)
            table.add_row(stage, str(len(of_stage)), str(reused[stage]), f"{seconds:.1f}")
        total = time.perf_counter() - self._started
        table.add_row("in all", "", "", f"{total:.1f}")
        self.console.print(table, highlight=False)
        slowest = sorted((step for steps in made.values() for step in steps), key=_seconds)[::-1]
        self.say(f"Slowest: {_listed(slowest[:_SLOWEST])}.")
        path = groupby(critical_path(steps), key=lambda step: step.item.stage)
        self.say(f"Critical path: {', '.join(_stretch(list(steps)) for _, steps in path)}.")


def _seconds(step: Step) -> float:
    return step.seconds


def _listed(steps: Iterable[Step]) -> str:
    return ", ".join(f"{step.item.title} {step.seconds:.1f} s" for step in steps)


def _stretch(steps: Sequence[Step]) -> str:
    """Describe steps of one stage that follow each other."""
    if len(steps) == 1:
        return _listed(steps)
    seconds = sum(step.seconds for step in steps)
    return f"{steps[0].item.stage} ({len(steps)} after each other) {seconds:.1f} s"
