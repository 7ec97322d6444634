"""What a build says while it works, and the account it gives at the end."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table


class Display:
    """Bars where a person watches, and a line a stage where the output goes to a log.

    Args:
        console: to write to.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._stages: list[tuple[str, float, str]] = []

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[str], None]]:
        """Time a stage; the value of the context takes a word on what it did."""
        outcome = ""

        def conclude(text: str) -> None:
            nonlocal outcome
            outcome = text

        if not self.console.is_terminal:
            self.say(f"{name} ...")
        started = time.perf_counter()
        yield conclude
        seconds = time.perf_counter() - started
        self._stages.append((name, seconds, outcome))
        self.say(f"{name}: {outcome} ({seconds:.1f} s)")

    @contextmanager
    def bars(self, lengths: dict[str, int]) -> Iterator[Callable[[str, int], None]]:
        """Show a bar for each name; the value of the context sets how far one is."""
        columns = (
            TextColumn("  {task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(
            *columns, console=self.console, transient=True, disable=not self.console.is_terminal
        ) as progress:
            bars = {name: progress.add_task(name, total=length) for name, length in lengths.items()}
            yield lambda name, done: progress.update(bars[name], completed=done)

    def say(self, line: str) -> None:
        """Write one line."""
        self.console.print(line, highlight=False, markup=False, soft_wrap=True)

    def account(self, closing: Sequence[str]) -> None:
        """Close with how long each stage took, what was built and how to look at it."""
        table = Table(box=None, pad_edge=False)
        table.add_column("stage")
        table.add_column("seconds", justify="right")
        table.add_column("outcome", overflow="fold")
        for name, seconds, outcome in self._stages:
            table.add_row(name, f"{seconds:.1f}", outcome)
        table.add_row("total", f"{sum(seconds for _, seconds, _ in self._stages):.1f}", "")
        self.console.print(table, highlight=False)
        for line in closing:
            self.say(line)
