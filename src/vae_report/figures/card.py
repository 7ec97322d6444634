"""The card that other sites show with a link to the report."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from textwrap import fill

import numpy as np
from matplotlib import rcParams, style
from matplotlib.figure import Figure
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from vae_report.colours import PALETTES
from vae_report.engine.store import Files
from vae_report.figures.themes import THEMES
from vae_report.registry import found, load
from vae_report.results import NotMeasured, Results

_WIDTH, _HEIGHT = 1200, 630
_DPI = 96
_MARGIN = 64
_TITLE_LETTERS = 14  # a line


@dataclass(frozen=True)
class Motif:
    """The content of the report's card besides its title.

    Attributes:
        picture: The picture, (height, width), with values from 0 to 1; it fills a square.
        number: One finding, such as "241.0 nats".
        meaning: The meaning of the number, in at most two short lines.
        alt: The picture and the number's meaning in words.
    """

    picture: NDArray[np.floating]
    number: str
    meaning: str
    alt: str


def card(function: Callable[[Results], Motif]) -> Callable[[Results], Motif]:
    """Make a function the one that finds the card's content: `vae_report.registry` finds it."""
    return function


class Card(BaseModel):
    """The description of the card for pages.

    Attributes:
        file: The file name of the image.
        width: The width in pixels.
        height: The height in pixels.
        alt: The alternative text: what is seen, in words and numbers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    width: int
    height: int
    alt: str


def draw(title: str, results: Results) -> Files:
    """Draw the title and a number beside a picture.

    Args:
        title: The title of the report.
        results: The results of the finished runs.

    Returns:
        The files `card.jpg` and `card.json`, the `Card` for pages; only the latter, and empty, in a
        report without a card or a profile without what it shows.
    """
    functions = list(found("card", "figures").values())
    try:
        motif: Motif | None = load(functions[0])(results) if functions else None
    except NotMeasured:
        motif = None
    if motif is None:
        return {"card.json": b"{}"}
    with style.context(THEMES["light"], after_reset=True):
        drawn = Figure(figsize=(_WIDTH / _DPI, _HEIGHT / _DPI), dpi=_DPI)
        axes = drawn.add_axes((1 - _HEIGHT / _WIDTH, 0, _HEIGHT / _WIDTH, 1))
        # Pixels are repeated, since a small picture would blur when it is enlarged.
        times = max(1, round(_HEIGHT / len(motif.picture)))
        picture = motif.picture.repeat(times, axis=0).repeat(times, axis=1)
        axes.imshow(picture, vmin=0, vmax=1, interpolation="lanczos", aspect="auto")
        axes.set_axis_off()
        accent = rcParams["axes.prop_cycle"].by_key()["color"][0]
        page = PALETTES["light"].page
        left = _MARGIN / _WIDTH
        for y, text, size, colour, weight in (
            (0.88, fill(title, _TITLE_LETTERS), 38, page["ink"], "bold"),
            (0.34, motif.number, 36, accent, "bold"),
            (0.235, motif.meaning, 16, page["quiet"], "normal"),
        ):
            drawn.text(left, y, text, size=size, color=colour, weight=weight, va="top")
        content = BytesIO()
        drawn.savefig(content, format="jpg", dpi=_DPI, pil_kwargs={"quality": 88})
    card = Card(
        file="card.jpg", width=_WIDTH, height=_HEIGHT, alt=f"{title}: {motif.alt}, {motif.number}."
    )
    return {
        card.file: content.getvalue(),
        "card.json": card.model_dump_json(indent=1).encode(),
    }
