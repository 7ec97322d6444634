"""The record of a benchmark: quantities with their spread, and the machine they hold for."""

import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict

_VERSIONS = ("torch", "numpy", "mkdocs", "mkdocs-material", "vae-report")

Curve = list[tuple[float, float]]
"""Points of a line in a figure."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Summary(_Record):
    """A quantity that was measured again and again.

    Attributes:
        unit: The unit of the quantity; `times` for a ratio.
        repetitions: The number of times that it was measured.
        median: The median of all repetitions.
        lower_quartile: The lower quartile of all repetitions.
        upper_quartile: The upper quartile of all repetitions.
    """

    unit: str
    repetitions: int
    median: float
    lower_quartile: float
    upper_quartile: float

    @classmethod
    def of(cls, values: Sequence[float], unit: str) -> Self:
        """Summarise the values of one or more repetitions."""
        lower, median, upper = np.quantile(values, (0.25, 0.5, 0.75)).tolist()
        return cls(
            unit=unit,
            repetitions=len(values),
            median=median,
            lower_quartile=lower,
            upper_quartile=upper,
        )


@dataclass
class Findings:
    """The findings of one part of the benchmark.

    Attributes:
        tables: The quantities by group and name, in the order in which a page shows them.
        curves: The curves by figure and line.
    """

    tables: dict[str, dict[str, Summary]] = field(default_factory=dict)
    curves: dict[str, dict[str, Curve]] = field(default_factory=dict)


class Machine(_Record):
    """The machine that a benchmark ran on; memory in GiB."""

    processor: str
    cores: int
    memory: float
    system: str
    versions: dict[str, str]

    @classmethod
    def here(cls) -> Self:
        """Describe this machine."""
        return cls(
            processor=_processor(),
            cores=os.cpu_count() or 1,
            memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30,
            system=platform.platform(terse=True),
            versions={
                "python": platform.python_version(),
                **{library: version(library) for library in _VERSIONS},
            },
        )


class Benchmark(_Record):
    """Everything that `make bench` measured.

    Attributes:
        machine: The machine on which it ran.
        quick: Whether it did few repetitions of small tasks, to see that it runs.
        tables: The quantities by section, group and name.
        curves: The curves by figure and line.
    """

    machine: Machine
    quick: bool
    tables: dict[str, dict[str, dict[str, Summary]]]
    curves: dict[str, dict[str, Curve]]


Turns = dict[str, list[float]]
"""The values of each alternative, turn by turn."""


def take_turns(
    alternatives: Mapping[str, Callable[[], float]], turns: int, *, discard: int = 0
) -> Turns:
    """Measure alternatives one after the other, again and again.

    Args:
        alternatives: The functions that measure them, by name.
        turns: The number of turns that each gets.
        discard: The number of earlier turns, which fill caches and are not counted.
    """
    taken: Turns = {name: [] for name in alternatives}
    for turn in range(-discard, turns):
        for name, measure in alternatives.items():
            value = measure()
            if turn >= 0:
                taken[name].append(value)
    return taken


def ratio(turns: Turns, numerator: str, denominator: str) -> Summary:
    """Summarise how two alternatives compare, turn by turn."""
    pairs = zip(turns[numerator], turns[denominator], strict=True)
    return Summary.of([above / below for above, below in pairs], "times")


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
