"""Makes what is due and nothing else, says why, and keeps count; doit orders and remembers."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from doit.cmd_base import TaskLoader2
from doit.dependency import Dependency, JSONCodec, JsonDB, MD5Checker
from doit.doit_cmd import DoitMain
from doit.reporter import ZeroReporter
from doit.task import Task, dict_to_task

Parts = Mapping[str, str]


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
    steps = [Step(item) for item in items]
    failures: list[Exception] = []
    state.parent.mkdir(parents=True, exist_ok=True)
    loader = _Loader(steps, state, at_once, watcher, stop, failures)
    status = DoitMain(loader, config_filenames=()).run(["run"])
    if failures:
        raise failures[0]
    if status:
        raise RuntimeError("doit itself failed: see above.")
    return steps


def explain(items: Sequence[Item], state: Path) -> Iterator[tuple[Item, str | None]]:
    """Say of each item why it would be made, or that it would not, and make nothing.

    Args:
        items: every one after those that it needs, unless these are there.
        state: file that remembers what items were made from.

    Yields:
        An item, and why it is due; none if it is not.
    """
    memory = Dependency(JsonDB, str(state), MD5Checker, JSONCodec)
    reasons: dict[Item, str | None] = {}
    for item in items:
        due_before = [before.title for before in item.after if reasons.get(before)]
        if due_before:
            others = f" and {len(due_before) - 1} more" if len(due_before) > 1 else ""
            reasons[item] = f"follows {due_before[0]}{others}"
        else:
            reasons[item] = item.due(memory.get_values(item.title).get("parts"))
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


@dataclass
class _Loader(TaskLoader2):
    """Hands doit one task for each item."""

    steps: Sequence[Step]
    state: Path
    at_once: int
    watcher: Watcher
    stop: Callable[[], None]
    failures: list[Exception]
    cmd_names: list[str] = field(default_factory=list)
    config: Any = None
    task_opts: Any = None

    def __post_init__(self) -> None:
        self._items = {step.item for step in self.steps}

    def load_doit_config(self) -> dict[str, Any]:
        return {
            "backend": "json",
            "dep_file": str(self.state),
            "reporter": ZeroReporter,
            "num_process": self.at_once,
            "par_type": "thread",
        }

    def load_tasks(self, cmd: object, pos_args: Sequence[str]) -> list[Task]:
        return [self._task(step) for step in self.steps]

    def _task(self, step: Step) -> Task:
        item = step.item

        def up_to_date(task: Task, values: Mapping[str, Any]) -> bool:
            try:
                step.reason = item.due(values.get("parts"))
                # As they are now: whatever changes while the item is made is for the next build.
                parts = dict(item.parts())
            except Exception as error:
                self.failures.append(error)
                self.stop()
                return False
            task.value_savers.append(lambda: {"parts": parts})
            if step.reason is None:
                self.watcher.reuses(step)
            return step.reason is None

        def make() -> bool:
            if self.failures:
                return False
            try:
                step.started = time.perf_counter()
                self.watcher.starts(step)
                item.make()
                step.ended = time.perf_counter()
                self.watcher.ends(step)
            except Exception as error:
                self.failures.append(error)
                self.stop()
                return False
            return True

        return dict_to_task(
            {
                "name": item.title,
                "actions": [make],
                "uptodate": [up_to_date],
                "task_dep": [before.title for before in item.after if before in self._items],
                "io": {"capture": False},
            }
        )
