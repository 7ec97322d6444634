"""The card by which a link to the report is shown elsewhere."""

from io import BytesIO
from pathlib import Path
from textwrap import fill

from matplotlib import rcParams, style
from matplotlib.figure import Figure
from pydantic import BaseModel, ConfigDict

from vae_report.engine.files import write_bytes
from vae_report.figures.latent import decoded_plane
from vae_report.figures.selection import labels, runs_of
from vae_report.figures.themes import THEMES
from vae_report.results import NotMeasured, Results

_WIDTH, _HEIGHT = 1200, 630
_DPI = 96
_MARGIN = 64
_TITLE_LETTERS = 14  # a line


class Card(BaseModel):
    """What a page must know to name its card.

    Attributes:
        file: name of the image.
        width: pixels.
        height: pixels.
        alt: what is seen, in words and numbers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    width: int
    height: int
    alt: str


def draw(title: str, results: Results, folder: Path) -> Card:
    """Draw the title and one number beside the decoded plane of the first 2-D VAE.

    Args:
        title: of the report.
        results: of the finished runs.
        folder: where the image goes; made if it is not there.

    Raises:
        NotMeasured: the profile has no 2-D VAE.
        ReportError: the folder cannot be written.
    """
    run = runs_of(results, "vae", smallest=2, largest=2)[0]
    if run.metrics.test is None or run.metrics.test.negative_elbo is None:
        raise NotMeasured("no 2-D VAE has a negative ELBO")
    number = f"{run.metrics.test.negative_elbo:.1f} nats"
    meaning = f"negative ELBO of the {labels([run])[0]}\non test images it never saw"
    with style.context(THEMES["light"], after_reset=True):
        drawn = Figure(figsize=(_WIDTH / _DPI, _HEIGHT / _DPI), dpi=_DPI)
        axes = drawn.add_axes((1 - _HEIGHT / _WIDTH, 0, _HEIGHT / _WIDTH, 1))
        axes.imshow(decoded_plane(run), vmin=0, vmax=1, interpolation="lanczos", aspect="auto")
        axes.set_axis_off()
        accent = rcParams["axes.prop_cycle"].by_key()["color"][0]
        left = _MARGIN / _WIDTH
        for y, text, size, colour, weight in (
            (0.88, fill(title, _TITLE_LETTERS), 38, "#1f2733", "bold"),
            (0.34, number, 36, accent, "bold"),
            (0.235, meaning, 16, "#566070", "normal"),
        ):
            drawn.text(left, y, text, size=size, color=colour, weight=weight, va="top")
        content = BytesIO()
        drawn.savefig(content, format="jpg", dpi=_DPI, pil_kwargs={"quality": 88})
    write_bytes(folder / "card.jpg", content.getvalue())
    return Card(
        file="card.jpg",
        width=_WIDTH,
        height=_HEIGHT,
        alt=f"{title}: the latent plane of the {labels([run])[0]}, decoded, and its negative ELBO "
        f"on test images, {number}.",
    )
