"""The messages of a build while it works, and its summary at the end."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table

from vae_report.engine.forecast import Forecast, duration
from vae_report.engine.graph import Item, Outcome, critical_path

_SLOWEST = 10
_SILENCE = 30.0
"""The seconds of silence after which progress is written on a line of its own."""


class Display:
    """Progress bars on a terminal, and a line for each item that is made.

    It is a context manager, within which it watches a build.

    Args:
        console: The console to write to.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._started = time.perf_counter()
        self._bars: dict[str, TaskID] = {}
        self._forecast: Forecast | None = None
        self._in_all: TaskID | None = None
        self._spoke = self._started
        columns = (
            TextColumn("  {task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:.0f} %"),
            TextColumn("{task.fields[left]}"),
        )
        self._progress = Progress(
            *columns, console=console, transient=True, disable=not console.is_terminal
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def foresee(self, forecast: Forecast) -> None:
        """Write how long the build will take, and from now on how far it is."""
        self.say(forecast.describe())
        self._forecast = forecast
        self._in_all = self._progress.add_task("in all", total=1.0, left=forecast)

    def reuses(self, outcome: Outcome) -> None:
        """Expect an item no longer, since it need not be made."""
        if self._forecast:
            self._forecast.reuses(outcome.item)
        self._move()

    def starts(self, outcome: Outcome) -> None:
        """Show a bar for an item that is being made, or write a line with the reason."""
        title = outcome.item.title
        if self._forecast:
            self._forecast.starts(outcome.item)
        if not self.console.is_terminal:
            self._say_with_progress(f"{title} ... ({outcome.reason})")
        self._bars[title] = self._progress.add_task(title, total=outcome.item.length, left="")

    def progress(self, title: str, done: int) -> None:
        """Move the bar of an item; jobs without an item of the same name have no bar."""
        if self._forecast:
            self._forecast.progress(title, done)
            self._move()
            silent = time.perf_counter() - self._spoke
            if not self.console.is_terminal and silent > _SILENCE:
                self._say_with_progress("")
        if title in self._bars:
            self._progress.update(self._bars[title], completed=done)

    def ends(self, outcome: Outcome) -> None:
        """Write that an item is made, and how long it took."""
        self._progress.remove_task(self._bars.pop(outcome.item.title))
        if self._forecast:
            self._forecast.ends(outcome.item)
        self._move()
        because = f" ({outcome.reason})" if self.console.is_terminal else ""
        self._say_with_progress(f"{outcome.item.title}: {outcome.seconds:.1f} s{because}")

    def _move(self) -> None:
        if self._forecast and self._in_all is not None:
            self._progress.update(self._in_all, completed=self._forecast.share)

    def _say_with_progress(self, line: str) -> None:
        """Write one line, preceded by the progress of the build if no bar shows it."""
        if self._forecast and not self.console.is_terminal:
            far = f"{int(100 * self._forecast.share)} %", str(self._forecast)
            line = f"[{', '.join(filter(None, far))}] {line}".rstrip()
        self.say(line)

    def say(self, line: str) -> None:
        """Write one line."""
        self._spoke = time.perf_counter()
        self.console.print(line, highlight=False, markup=False, soft_wrap=True)

    def plan(self, plan: Iterable[tuple[Item, str | None]]) -> None:
        """Write for each item whether a build would make it, and why."""
        for item, reason in plan:
            self.say(f"{item.title}: {reason or 'reused'}")

    def account(self, outcomes: Sequence[Outcome]) -> None:
        """Write what each stage made and reused, the slowest items, and the critical path."""
        made: dict[str, list[Outcome]] = defaultdict(list)
        reused = Counter(outcome.item.stage for outcome in outcomes if outcome.reason is None)
        for outcome in outcomes:
            made[outcome.item.stage] += [outcome] if outcome.reason is not None else []
        table = Table(box=None, pad_edge=False)
        for heading in ("stage", "made", "reused", "seconds"):
            table.add_column(heading, justify="left" if heading == "stage" else "right")
        for stage, of_stage in made.items():
            seconds = sum(outcome.seconds for outcome in of_stage)
            table.add_row(stage, str(len(of_stage)), str(reused[stage]), f"{seconds:.1f}")
        total = time.perf_counter() - self._started
        table.add_row("in all", "", "", f"{total:.1f}")
        self.console.print(table, highlight=False)
        if self._forecast:
            foreseen, taken = self._forecast.seconds, self._forecast.elapsed
            self.say(f"Predicted: {duration(foreseen)}; taken: {duration(taken)}.")
        slowest = sorted(
            (outcome for outcomes in made.values() for outcome in outcomes), key=_seconds
        )[::-1]
        self.say(f"Slowest: {_listed(slowest[:_SLOWEST])}.")
        path = groupby(critical_path(outcomes), key=lambda outcome: outcome.item.stage)
        self.say(f"Critical path: {', '.join(_stretch(list(outcomes)) for _, outcomes in path)}.")


def _seconds(outcome: Outcome) -> float:
    return outcome.seconds


def _listed(outcomes: Iterable[Outcome]) -> str:
    return ", ".join(f"{outcome.item.title} {outcome.seconds:.1f} s" for outcome in outcomes)


def _stretch(outcomes: Sequence[Outcome]) -> str:
    """Describe consecutive outcomes of one stage."""
    if len(outcomes) == 1:
        return _listed(outcomes)
    seconds = sum(outcome.seconds for outcome in outcomes)
    return f"{outcomes[0].item.stage} ({len(outcomes)} after each other) {seconds:.1f} s"
