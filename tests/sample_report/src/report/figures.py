"""A figure of lines, a figure of images, and what a card shows."""

from math import isqrt

import pandas as pd
from matplotlib.figure import Figure

from vae_report.figures.card import Motif, card
from vae_report.figures.charts import count_from_one, legend_above
from vae_report.figures.drawing import Drawing, figure
from vae_report.figures.selection import labels, listed, runs_of
from vae_report.figures.sheet import Panel, images_of, one_each, sheet
from vae_report.figures.themes import WIDTH, inches
from vae_report.results import Results


@figure
def losses(results: Results) -> Drawing:
    """Validation BCE of every run of the headline."""
    runs = results.main_runs()
    names = labels(runs)
    curves = {
        name: run.history.set_index("epoch")["validation_bce"]
        for name, run in zip(names, runs, strict=True)
    }
    drawn = Figure(figsize=inches(WIDTH, 260), layout="constrained")
    panel = drawn.subplots()
    for name, curve in curves.items():
        panel.plot(curve.index, curve, label=name)
    count_from_one(panel, max(map(len, curves.values())))
    panel.set_xlabel("epoch")
    legend_above(drawn, panel)
    ends = listed(f"{curve.iloc[-1]:.1f} of the {name}" for name, curve in curves.items())
    return Drawing(
        figure=drawn,
        alt=f"Validation losses, which end at {ends}.",
        data=pd.concat(curves, names=["run"]).reset_index(),
        vector=True,
        runs=runs,
    )


@figure
def samples(results: Results) -> Drawing:
    """Draws from the prior, decoded by every VAE of the headline."""
    runs = runs_of(results, variational=True)
    images = [images_of(run.arrays, "prior_samples").reshape(10, 10, -1) for run in runs]
    panels = [Panel(each, [one_each(results.classes)], one_each(["all"] * 10)) for each in images]
    shades = listed(f"{each.mean():.4f}" for each in images)
    return Drawing(
        figure=sheet(panels), alt=f"Decoded draws, whose pixels average {shades}.", runs=runs
    )


@card
def first(results: Results) -> Motif:
    """Show the first decoded draw of the first 2-D VAE."""
    run = runs_of(results, variational=True, smallest=2, largest=2)[0]
    image = images_of(run.arrays, "prior_samples")[0]
    return Motif(
        picture=image.reshape(isqrt(image.size), -1),
        number=f"{run.metrics.parameters:,}",
        meaning="weights",
        alt="a decoded draw, and the number of weights",
    )
