"""What a benchmark is once it has been made: numbers with their spread, and where they hold."""

import math
import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

_VERSIONS = ("torch", "numpy", "mkdocs", "vae-report")


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Summary(_Record):
    """A quantity that was measured again and again.

    Attributes:
        unit: of the quantity; `times` for a ratio.
        repetitions: how often it was measured.
        median: of all repetitions,
        lower_quartile: and the two values
        upper_quartile: between which half of them lie.
    """

    unit: str
    repetitions: int
    median: float
    lower_quartile: float
    upper_quartile: float

    @classmethod
    def of(cls, values: Sequence[float], unit: str) -> Self:
        """Summarise the values of all repetitions, at least one."""
        lower, median, upper = statistics.quantiles([*values, *values[:1]][: max(2, len(values))])
        return cls(
            unit=unit,
            repetitions=len(values),
            median=median,
            lower_quartile=lower,
            upper_quartile=upper,
        )
