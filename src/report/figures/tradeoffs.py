"""One quality of a model against another, over all runs that have both."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from vae_report.figures.charts import label_points, legend_above, plain
from vae_report.figures.drawing import Drawing, figure
from vae_report.figures.selection import averaged, baseline_label, listed, measured
from vae_report.figures.themes import WIDTH, inches, marker
from vae_report.results import Results, RunResult
from vae_report.results.metrics import Values

_VARIED = {"latent": "latent size", "beta": "β", "kl-warmup": "KL warm-up"}
_LABELS = {"latent": "{0.latent}-D", "beta": "β = {0.beta:g}"}
_FACTOR_SHOWN = 4
"""The factor beyond which a baseline is too far from all points, which it would flatten."""


@figure
def sharpness_and_error(results: Results) -> Drawing:
    """Sharpness of reconstructions against their error, over the latent size of both models."""
    runs = measured(results.members("latent"))
    table = pd.DataFrame(
        {
            "model": run.metrics.label,
            "latent size": run.settings.latent,
            "MSE": run.metrics.test.mse,
            "sharpness": run.metrics.test.sharpness,
        }
        for run in runs
        if run.metrics.test
    )
    drawn = Figure(figsize=inches(WIDTH, 460), layout="constrained")
    panel = drawn.subplots()
    sentences = []
    for number, (model, rows) in enumerate(table.groupby("model", sort=False)):
        panel.plot(
            rows["MSE"],
            rows["sharpness"],
            f"C{number}{marker(number)}-",
            label=f"{model}, by latent size",
        )
        first, last = rows.iloc[0], rows.iloc[-1]
        sentences.append(
            f"for the {model} the error goes from {first['MSE']:.4f} to {last['MSE']:.4f} and the "
            f"sharpness from {first['sharpness']:.3f} to {last['sharpness']:.3f}"
        )
    panel.margins(0.1)
    panel.locator_params(axis="x", nbins=6)
    panel.set_xlabel("mean squared error a pixel")
    panel.set_ylabel("sharpness (originals: 1)")
    legend_above(drawn, panel)
    label_points(
        panel,
        table[["MSE", "sharpness"]].to_numpy(),
        [f"{size}" for size in table["latent size"]],
    )
    return Drawing(
        figure=drawn,
        runs=runs,
        alt="Sharpness of reconstructed test images against their mean squared "
        f"error{averaged(runs)}. From {table['latent size'].min()} to "
        f"{table['latent size'].max()} latent dimensions, {listed(sentences)}.",
        data=table,
        vector=True,
    )


@figure
def samples_and_reconstruction(results: Results) -> Drawing:
    """Fréchet distance of samples against the error of reconstructions, over all runs."""
    table = pd.DataFrame(_rows(results))
    distances = table["Fréchet distance"]
    drawn = Figure(figsize=inches(WIDTH, 640), layout="constrained")
    panel = drawn.subplots()
    for number, (series, rows) in enumerate(table.groupby("series", sort=False)):
        style = f"C{number}{marker(number)}{'-' if rows['label'].all() else ''}"
        panel.plot(rows["MSE"], rows["Fréchet distance"], style, linewidth=1.2, label=series)
    panel.loglog()
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(plain)
        axis.set_minor_locator(NullLocator())
    panel.set_xlabel("reconstruction: mean squared error a pixel")
    panel.set_ylabel("samples: Fréchet distance")
    baselines = {
        baseline_label(name): each.frechet for name, each in results.baselines.samples.items()
    }
    near = {
        name: distance
        for name, distance in baselines.items()
        if distances.min() / _FACTOR_SHOWN <= distance <= distances.max() * _FACTOR_SHOWN
    }
    for distance in near.values():
        panel.axhline(distance, color="C9", linestyle=":", linewidth=1.5)
    legend_above(drawn, panel)
    panel.set_xlim(panel.get_xlim())
    lines = table[table["label"] != ""].groupby("series", sort=False)
    labelled = pd.concat([lines.head(1), lines.tail(1)]).drop_duplicates()
    points = labelled[["MSE", "Fréchet distance"]].to_numpy()
    ends = np.array([(panel.get_xlim()[1], distance) for distance in near.values()])
    label_points(panel, np.concatenate([points, ends.reshape(-1, 2)]), [*labelled["label"], *near])
    least, closest = table.loc[table["MSE"].idxmin()], table.loc[distances.idxmin()]
    order = np.corrcoef(table[["MSE", "Fréchet distance"]].rank().to_numpy().T)[0, 1]
    references = listed(f"{distance:.1f} for {name}" for name, distance in baselines.items())
    return Drawing(
        figure=drawn,
        runs=[results.runs[name] for name in table["run"]],
        alt="Fréchet distance of samples against the squared error of reconstructions, "
        f"{len(table)} points; their rank correlation is {order:.2f}. The lowest error is "
        f"{least['MSE']:.4f}, at a distance of {least['Fréchet distance']:.1f}; the lowest "
        f"distance is {closest['Fréchet distance']:.1f}, at an error of {closest['MSE']:.4f}. For "
        f"comparison, the distance is {references}.",
        data=table,
        vector=True,
    )


def _rows(results: Results) -> Iterator[dict[str, object]]:
    """List each run once, under the first of the series that have it."""
    left = {run.name: run for run in measured(list(results.runs.values()))}
    # The series that are drawn as lines come first, so they are complete.
    sweeps = dict.fromkeys(["latent", "beta", *results.sweeps])
    groups = {sweep: results.sweeps.get(sweep, ()) for sweep in sweeps} | {"": results.headline}
    for sweep, names in groups.items():
        runs = [left.pop(name) for name in names if name in left]
        for run in sorted(runs, key=lambda run: not run.metrics.variational):
            yield from _row(f"{run.metrics.label}{_by(sweep)}", run, run.metrics.samples, sweep)
    for run in results.main_runs():
        yield from _row("AE with mixture", run, run.metrics.mixture_samples, "latent")


def _row(
    series: str, run: RunResult, samples: Values | None, varied: str
) -> Iterator[dict[str, object]]:
    if run.metrics.test and samples:
        yield {
            "series": series,
            "run": run.name,
            "label": _LABELS.get(varied, "").format(run.settings),
            "MSE": run.metrics.test.mse,
            "Fréchet distance": samples.frechet,
        }


def _by(sweep: str) -> str:
    return f" by {_VARIED.get(sweep, sweep.replace('-', ' '))}" if sweep else ""
