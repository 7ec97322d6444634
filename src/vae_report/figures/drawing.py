"""What a figure function is and returns, and how one becomes known by its name."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from vae_report.results import Results


@dataclass(frozen=True)
class Drawing:
    """A figure and what goes with it on a page.

    Attributes:
        figure: as Matplotlib has it, in the colours of the theme in force.
        alt: what is seen, in a sentence or two, with its numbers.
        data: what is plotted, for those who would plot it otherwise; none where that is images.
        vector: whether lines describe it in fewer bytes than pixels do.
    """

    figure: Figure
    alt: str
    data: pd.DataFrame | None = None
    vector: bool = False


FigureFunction = Callable[[Results], Drawing]

FIGURES: dict[str, FigureFunction] = {}


def figure(function: FigureFunction) -> FigureFunction:
    """Make a function known as the figure of its own name."""
    FIGURES[function.__name__] = function
    return function
