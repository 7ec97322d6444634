"""What a figure function is and returns, and how one becomes known by its name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import pandas as pd
from matplotlib.figure import Figure

from vae_report.results import RunResult


@dataclass(frozen=True)
class Drawing:
    """A figure and what goes with it on a page.

    Attributes:
        figure: as Matplotlib has it, in the colours of the theme in force.
        alt: what is seen, in a sentence or two, with its numbers.
        data: what is plotted, for those who would plot it otherwise; none where that is images.
        vector: whether lines describe it in fewer bytes than pixels do.
        runs: The runs that are shown, in any order.
    """

    figure: Figure
    alt: str
    data: pd.DataFrame | None = None
    vector: bool = False
    runs: Sequence[RunResult] = ()


_Function = TypeVar("_Function", bound=Callable[..., Drawing])


def figure(function: _Function) -> _Function:
    """Make a function known as the figure of its own name: `vae_report.registry` finds it."""
    return function
