"""Makes what is due and nothing else, says why, and keeps count."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Protocol

from pydantic import TypeAdapter

from vae_report.engine.files import write_json

Parts = Mapping[str, str]
_MADE = TypeAdapter(dict[str, dict[str, str]])


@dataclass(frozen=True, eq=False)
class Item:
    """One thing that a build makes.

    Attributes:
        stage: to which the item belongs.
        name: that tells it from the others of its stage; empty where it is the only one.
        parts: what the item follows from: versions and digests, by what a person calls them. Asked
            for only once the items before it are there.
        present: whether the item is there, and whole.
        make: makes it.
        after: items that must be there first.
        length: of its progress, in steps.
        work: seconds that one core of a reference machine needs to make it. Asked for only once
            the items before it are there.
        content_named: whether the item lies under a name that follows from its parts, so that what
            is present cannot be out of date.
        always: whether it is made at every build.
    """

    stage: str
    name: str
    parts: Callable[[], Parts]
    present: Callable[[], bool]
    make: Callable[[], None]
    after: Sequence["Item"] = ()
    length: int = 1
    work: Callable[[], float] = lambda: 1.0
    content_named: bool = False
    always: bool = False

    @property
    def title(self) -> str:
        """Stage and name."""
        return f"{self.stage} {self.name}".rstrip()

    def due(self, made_from: Parts | None) -> str | None:
        """Say why the item must be made; none if it need not be.

        Args:
            made_from: the parts that it was last made from, where that is known.
        """
        if self.always:
            return "made at every build"
        if self.present() and (self.content_named or made_from == self.parts()):
            return None
        if made_from is None:
            return "not made before"
        changed = [part for part, digest in self.parts().items() if made_from.get(part) != digest]
        return f"changed: {', '.join(changed)}" if changed else "missing or damaged"


@dataclass
class Step:
    """What a build does with an item.

    Attributes:
        item: that is made or reused.
        reason: why it is made; none if it is reused.
        started: on the clock of `time.perf_counter`.
        ended: likewise.
    """

    item: Item
    reason: str | None = None
    started: float = 0.0
    ended: float = 0.0

    @property
    def seconds(self) -> float:
        """How long making the item took."""
        return self.ended - self.started


class Watcher(Protocol):
    """Is told how a build goes."""

    def reuses(self, step: Step) -> None:
        """An item need not be made."""

    def starts(self, step: Step) -> None:
        """An item is about to be made."""

    def ends(self, step: Step) -> None:
        """An item has been made."""


def make_due(
    items: Sequence[Item],
    state: Path,
    at_once: int,
    watcher: Watcher,
    stop: Callable[[], None],
) -> list[Step]:
    """Make the items that are due, each after those that it needs.

    Args:
        items: in the order in which they are taken up when they are free to be. Those that they
            need and that are not among them are there.
        state: file that remembers what items were made from.
        at_once: how many items are made at a time.
        watcher: told of every item that is made.
        stop: ends whatever is being made, once it is known that the build fails.

    Returns:
        A step for each item.

    Raises:
        ReportError: an item could not be made; those made before are kept.
    """
    steps = {item: Step(item) for item in items}
    order = {item: number for number, item in enumerate(items)}
    graph = TopologicalSorter(
        {item: [each for each in item.after if each in steps] for item in items}
    )
    graph.prepare()
    memory = _Memory(state)
    free: list[Item] = []
    running: dict[Future[None], Item] = {}
    failure: BaseException | None = None
    with ThreadPoolExecutor(at_once) as pool:
        try:
            while graph.is_active():
                free = sorted([*free, *graph.get_ready()], key=order.__getitem__)
                if free and len(running) < at_once:
                    item = free.pop(0)
                    if task := _begun(steps[item], memory, watcher):
                        running[pool.submit(task)] = item
                    else:
                        graph.done(item)
                    continue
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    future.result()
                    graph.done(running.pop(future))
        except BaseException as error:
            failure = error
            stop()
    # Only now is nothing being made any more.
    if failure:
        raise failure
    return list(steps.values())


def _begun(step: Step, memory: "_Memory", watcher: Watcher) -> Callable[[], None] | None:
    """Find out whether an item is due, and return what makes it; nothing if it is not."""
    item = step.item
    step.reason = item.due(memory.made_from(item))
    # As they are now: whatever changes while the item is made is for the next build.
    parts = dict(item.parts())
    if step.reason is None:
        memory.keep(item, parts)
        watcher.reuses(step)
        return None

    def make() -> None:
        step.started = time.perf_counter()
        watcher.starts(step)
        # What is half made by a build that is killed must not pass for what was there before.
        memory.forget(item)
        item.make()
        memory.keep(item, parts)
        step.ended = time.perf_counter()
        watcher.ends(step)

    return make


class _Memory:
    """What items were last made from, in a file; one that is absent or damaged remembers nothing.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            self._made = _MADE.validate_json(path.read_bytes())
        except (OSError, ValueError):
            self._made = {}

    def made_from(self, item: Item) -> Parts | None:
        """Return the parts that an item was last made from, where that is known."""
        return self._made.get(item.title)

    def keep(self, item: Item, parts: Parts) -> None:
        """Remember what an item was made from.

        Raises:
            ReportError: the file cannot be written.
        """
        with self._lock:
            if self._made.get(item.title) != parts:
                self._made[item.title] = dict(parts)
                write_json(self._path, self._made)

    def forget(self, item: Item) -> None:
        """Remember nothing of an item any more.

        Raises:
            ReportError: the file cannot be written.
        """
        with self._lock:
            if self._made.pop(item.title, None) is not None:
                write_json(self._path, self._made)


def explain(items: Sequence[Item], state: Path) -> Iterator[tuple[Item, str | None]]:
    """Say of each item why it would be made, or that it would not, and make nothing.

    Args:
        items: every one after those that it needs, unless these are there.
        state: file that remembers what items were made from.

    Yields:
        An item, and why it is due; none if it is not.
    """
    memory = _Memory(state)
    reasons: dict[Item, str | None] = {}
    for item in items:
        due_before = [before.title for before in item.after if reasons.get(before)]
        if due_before:
            others = f" and {len(due_before) - 1} more" if len(due_before) > 1 else ""
            reasons[item] = f"follows {due_before[0]}{others}"
        else:
            reasons[item] = item.due(memory.made_from(item))
        yield item, reasons[item]


def critical_path(steps: Sequence[Step]) -> list[Step]:
    """Return the chain of steps that the end of the build waited for, each for the one before it.

    A step waits for those that it needs, or for one that it does not need to leave it a process: in
    either case for the last to end before it starts.
    """
    made = [step for step in steps if step.reason is not None]
    path: list[Step] = []
    while made:
        path.append(max(made, key=lambda step: step.ended))
        made = [step for step in made if step.ended <= path[-1].started]
    return path[::-1]
