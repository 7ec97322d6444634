"""The figure of this report."""

from vae_report.figures.drawing import Drawing, figure
from vae_report.figures.selection import runs_of
from vae_report.figures.sheet import Panel, images_of, sheet
from vae_report.results import Results


@figure
def samples(results: Results) -> Drawing:
    """Draws from the prior, decoded by the first model."""
    runs = runs_of(results, variational=True)[:1]
    images = images_of(runs[0].arrays, "prior_samples")
    return Drawing(
        figure=sheet([Panel(images.reshape(10, 10, -1), heads=[])]),
        alt=f"A hundred decoded draws, whose pixels are {images.mean():.2f} on average.",
        runs=runs,
    )
