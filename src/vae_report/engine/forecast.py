"""How long a build will take on this machine, and how far it is."""

import heapq
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter

from vae_report.engine.files import write_json
from vae_report.engine.graph import Item, Outcome
from vae_report.errors import ReportError

_TO_DO = {"train": "to train", "measure": "to measure", "figure": "to draw"}
_NOUNS = {"train": "model", "measure": "model", "figure": "figure"}

_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_KEPT = TypeAdapter(dict[str, tuple[_Positive, _Positive]])


class Forecast:
    """A forecast of how long a build takes, which is told of the build's progress.

    Args:
        items: All items of the build, each after those that it needs.
        expected: The seconds that each item to be made takes on one process of this machine.
        processes: The number of items that are made at a time.
        trainers: The number of runs that are trained at a time on other machines; without it they
            are trained by the processes as well.
        clock: A function that returns the current time in seconds.
    """

    def __init__(
        self,
        items: Sequence[Item],
        expected: Mapping[Item, float],
        processes: int,
        trainers: int | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._items = items
        self.expected = dict(expected)
        self._processes = {"": processes}
        if trainers is not None:
            self._processes["train"] = max(1, trainers)
        self._clock = clock
        self._began: dict[Item, float] = {}
        self._steps: dict[str, int] = {}
        self._done: set[Item] = set()
        self._started = clock()
        self.seconds = self._foreseen = self._lasts(self._to_do())

    def describe(self) -> str:
        """Describe how long the build will take, and what it has to do."""
        stages = Counter(item.stage for item in self.expected)
        counts = [
            f"{stages[stage]} {_NOUNS[stage]}{'s' * (stages[stage] > 1)} {to_do}"
            for stage, to_do in _TO_DO.items()
            if stages[stage]
        ]
        cluster = self._processes.get("train")
        number = cluster or self._processes[""]
        where = f"{number} process{'es' * (number > 1)}{' of the cluster' if cluster else ''}"
        to_make = f": {', '.join(counts)}" if counts else ""
        return f"About {duration(self.seconds)} on this machine with {where}{to_make}."

    def starts(self, item: Item) -> None:
        """Begin an item, whether it was expected or not."""
        self.expected.setdefault(item, 1.0)
        self._began[item] = self._clock()

    def progress(self, title: str, done: int) -> None:
        """Count the steps that an item has done."""
        self._steps[title] = done

    def ends(self, item: Item) -> None:
        """Count an item as done."""
        self._done.add(item)

    def reuses(self, item: Item) -> None:
        """Expect an item no longer, since it is up to date after all."""
        if item in self.expected:
            before = self._lasts(self._to_do())
            del self.expected[item]
            self._foreseen -= before - self._lasts(self._to_do())

    @property
    def share(self) -> float:
        """The share of the work that is done, from 0 to 1."""
        return 1 - sum(self._to_do().values()) / (sum(list(self.expected.values())) or 1)

    @property
    def left(self) -> float:
        """The seconds until the build ends, at its pace so far."""
        left = self._lasts(self._to_do())
        # The first items alone tell little about the pace of the others.
        allowance = 0.1 * self.seconds
        foreseen = max(0.0, self._foreseen - left)
        return left * (allowance + self.elapsed) / (allowance + foreseen)

    @property
    def elapsed(self) -> float:
        """The seconds since the build began."""
        return self._clock() - self._started

    def __str__(self) -> str:
        return f"about {duration(left, ('h', 'min', 's'))} left" if (left := self.left) else ""

    def _to_do(self) -> dict[Item, float]:
        """Return how many of the expected seconds of each item are still to come."""
        expected = list(self.expected.items())  # Other threads may add to it meanwhile.
        to_do = {item: seconds for item, seconds in expected if item not in self._done}
        running = [item for item in to_do if item in self._began]
        for item in running:
            steps = self._steps.get(item.title, 0)
            # If more items have begun than there are processes, some of them wait.
            waits = len(running) > self._processes[""]
            elapsed = 0 if waits else (self._clock() - self._began[item]) / to_do[item]
            done = max(steps, min(steps + 0.95, elapsed * item.length)) / item.length
            to_do[item] *= max(0.0, 1 - done)
        return to_do

    def _lasts(self, to_do: Mapping[Item, float]) -> float:
        """Return the seconds that work takes if each process, once free, takes the next item."""
        free = {stage: [0.0] * number for stage, number in self._processes.items()}
        ends: dict[Item, float] = {}
        for item in self._items:
            ready = max((ends.get(before, 0.0) for before in item.after), default=0.0)
            if item in to_do:
                pool = free.get(item.stage, free[""])
                ready = max(ready, heapq.heappop(pool)) + to_do[item]
                heapq.heappush(pool, ready)
            ends[item] = ready
        return max(ends.values(), default=0.0)


def duration(seconds: float, units: Sequence[str] = ("hours", "minutes", "seconds")) -> str:
    """Write a rounded duration.

    >>> duration(36_000), duration(840), duration(93), duration(2)
    ('10 hours', '14 minutes', '95 seconds', '5 seconds')
    """
    hours, minutes, short = units
    if seconds >= 7200:
        return f"{seconds / 3600:.0f} {hours}"
    if seconds >= 120:
        return f"{seconds / 60:.0f} {minutes}"
    return f"{max(5, 5 * round(seconds / 5))} {short}"


class Speeds:
    """The time that items took in earlier builds, compared with what was expected.

    Args:
        path: The file that keeps this between builds; ignored if it is damaged or absent.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._kept = _KEPT.validate_json(path.read_bytes())
        except (OSError, ValueError):
            self._kept = {}

    def correction(self, stage: str) -> float:
        """Return the factor by which items of a stage took longer than expected; 1 if unknown."""
        expected, taken = self._kept.get(stage, (1.0, 1.0))
        return taken / expected

    def learn(self, outcomes: Iterable[Outcome], expected: Mapping[Item, float]) -> None:
        """Keep how long items took, and halve the weight of what was kept before.

        Args:
            outcomes: The outcomes of a build.
            expected: The seconds that each item was expected to take, corrected.
        """
        learnt: dict[str, tuple[float, float]] = {}
        for outcome in outcomes:
            stage = outcome.item.stage
            if outcome.reason is not None and outcome.item in expected:
                alone = expected[outcome.item] / self.correction(stage)
                before, taken = learnt.get(stage) or (n / 2 for n in self._kept.get(stage, (0, 0)))
                learnt[stage] = before + alone, taken + outcome.seconds
        self._kept |= learnt
        # The next build can do without the file.
        with suppress(ReportError):
            write_json(self._path, self._kept)
