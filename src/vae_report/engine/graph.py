"""Makes what is missing from the store and nothing else, and keeps the reasons and times."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Protocol

from pydantic import TypeAdapter

from vae_report.engine.files import write_json
from vae_report.engine.store import Entry, Files, Parts, Store

_MADE = TypeAdapter(dict[str, dict[str, dict[str, str]]])


@dataclass(frozen=True, eq=False)
class Item:
    """Something that a build makes as a unit: store entries, or an effect outside the store.

    Attributes:
        stage: The stage to which the item belongs.
        name: The name within its stage; empty if it is the only item there.
        make: A function that makes the given missing entries and returns the files of each by its
            key.
        entries: A function that lists the item's store entries; called once the items before it
            are made.
        after: The items that must be made first.
        length: The number of steps of its progress.
        work: A function that estimates the seconds that one core of a reference machine takes to
            make it; called once the items before it are made.
        always: Whether it has an effect outside of the store, so that every build makes it.
    """

    stage: str
    name: str
    make: Callable[[Sequence[Entry]], Mapping[str, Files]]
    entries: Callable[[], Sequence[Entry]] = tuple
    after: Sequence["Item"] = ()
    length: int = 1
    work: Callable[[], float] = lambda: 1.0
    always: bool = False

    def __post_init__(self) -> None:
        """Let a build see one list of entries: what changes meanwhile is for the next build."""
        object.__setattr__(self, "entries", cache(self.entries))

    @property
    def title(self) -> str:
        """The stage and the name."""
        return f"{self.stage} {self.name}".rstrip()


@dataclass
class Outcome:
    """The outcome of a build for an item.

    Attributes:
        item: The item that is made or reused.
        reason: The reason why it is made; none if it is reused.
        started: The time at which it began, on the clock of `time.perf_counter`.
        ended: The time at which it was made.
    """

    item: Item
    reason: str | None = None
    started: float = 0.0
    ended: float = 0.0

    @property
    def seconds(self) -> float:
        """The seconds that making the item took."""
        return self.ended - self.started


class Watcher(Protocol):
    """An observer of the progress of a build."""

    def reuses(self, outcome: Outcome) -> None:
        """Note that an item need not be made."""

    def starts(self, outcome: Outcome) -> None:
        """Note that an item is about to be made."""

    def ends(self, outcome: Outcome) -> None:
        """Note that an item has been made."""


def make_missing(
    items: Sequence[Item],
    store: Store,
    state: Path,
    at_once: int,
    watcher: Watcher,
    stop: Callable[[], None],
) -> list[Outcome]:
    """Make the items whose entries are missing, each after those that it needs.

    Args:
        items: The items in the order in which they are begun when they are ready. Needed items
            that are not among them have been made.
        store: The store that holds what is made.
        state: The file that keeps the dependencies from which items were made.
        at_once: The number of items that are made at a time.
        watcher: The observer of every item that is made or reused.
        stop: A function that ends all jobs once the build fails.

    Returns:
        An outcome for each item.

    Raises:
        ReportError: An item could not be made; those made before are kept.
    """
    outcomes = {item: Outcome(item) for item in items}
    order = {item: number for number, item in enumerate(items)}
    graph = TopologicalSorter(
        {item: [each for each in item.after if each in outcomes] for item in items}
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
                    if task := _begun(outcomes[item], store, memory, watcher):
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
    # Raised only now that nothing is being made any more.
    if failure:
        raise failure
    return list(outcomes.values())


def _begun(
    outcome: Outcome, store: Store, memory: "_Memory", watcher: Watcher
) -> Callable[[], None] | None:
    """Return what makes an item that must be made; none if it is reused."""
    item = outcome.item
    # Asked only once: what changes while the item is made is for the next build.
    entries = item.entries()
    missing, outcome.reason = _missing(item, entries, store, memory)
    if outcome.reason is None:
        memory.keep(item, entries)
        watcher.reuses(outcome)
        return None

    def make() -> None:
        outcome.started = time.perf_counter()
        watcher.starts(outcome)
        for key, files in item.make(missing).items():
            store.put(key, files)
        memory.keep(item, entries)
        outcome.ended = time.perf_counter()
        watcher.ends(outcome)

    return make


def _missing(
    item: Item, entries: Sequence[Entry], store: Store, memory: "_Memory"
) -> tuple[list[Entry], str | None]:
    """List the missing entries of an item, and the reason to make it; none if it is reused."""
    missing = [entry for entry in entries if store.find(entry.key) is None]
    if not missing:
        return missing, "made at every build" if item.always else None
    before = memory.made_from(item)
    if not before:
        return missing, "not made before"
    if len(entries) > 1:
        changed = [entry.name for entry in missing if before.get(entry.name) != entry.parts]
    else:
        [entry] = missing
        known = before.get(entry.name, {})
        changed = [part for part, digest in entry.parts.items() if known.get(part) != digest]
    return missing, f"changed: {', '.join(changed)}" if changed else "missing or damaged"


class _Memory:
    """The dependencies from which items were last made, for the reasons why one is made again.

    Args:
        path: The file that keeps them; ignored if it is absent or damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            self._made = _MADE.validate_json(path.read_bytes())
        except (OSError, ValueError):
            self._made = {}

    def made_from(self, item: Item) -> Mapping[str, Parts]:
        """Return the dependencies from which an item's entries were last made, by their names."""
        return self._made.get(item.title, {})

    def keep(self, item: Item, entries: Sequence[Entry]) -> None:
        """Remember the dependencies from which an item was made.

        Raises:
            ReportError: The file cannot be written.
        """
        made = {entry.name: dict(entry.parts) for entry in entries}
        with self._lock:
            if self._made.get(item.title, {}) != made:
                self._made[item.title] = made
                write_json(self._path, self._made)


def explain(items: Sequence[Item], store: Store, state: Path) -> Iterator[tuple[Item, str | None]]:
    """Find for each item the reason why it would be made, without making anything.

    Args:
        items: The items, each after those that it needs, unless these have been made.
        store: The store that holds what was made.
        state: The file that keeps the dependencies from which items were made.

    Yields:
        An item and the reason why it would be made; none if it would not.
    """
    memory = _Memory(state)
    reasons: dict[Item, str | None] = {}
    for item in items:
        made_before = [before.title for before in item.after if reasons.get(before)]
        if made_before:
            others = f" and {len(made_before) - 1} more" if len(made_before) > 1 else ""
            reasons[item] = f"follows {made_before[0]}{others}"
        else:
            _, reasons[item] = _missing(item, item.entries(), store, memory)
        yield item, reasons[item]


def critical_path(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the chain of items for which the end of the build waited, in order.

    An item waits for those that it needs, or for a process that another item occupies: in either
    case for the item that ends last before it starts.
    """
    made = [outcome for outcome in outcomes if outcome.reason is not None]
    path: list[Outcome] = []
    while made:
        path.append(max(made, key=lambda outcome: outcome.ended))
        made = [outcome for outcome in made if outcome.ended <= path[-1].started]
    return path[::-1]
