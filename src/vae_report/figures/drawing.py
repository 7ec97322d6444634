"""The decorator of figure functions, and what these return."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import pandas as pd
from matplotlib.figure import Figure

from vae_report.results import RunResult


@dataclass(frozen=True)
class Drawing:
    """A figure and its description.

    Attributes:
        figure: The Matplotlib figure, in the colours of the theme in force.
        alt: The alternative text: what is seen, in a sentence or two, with its numbers.
        data: The plotted data, for readers who want to plot them otherwise; none for images.
        vector: Whether lines take fewer bytes than pixels.
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
