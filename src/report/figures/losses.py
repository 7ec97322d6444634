"""Loss curves, with a panel for each term of the loss and a line for each run."""

import pandas as pd
from matplotlib.figure import Figure

from vae_report.figures.charts import count_from_one, legend_above
from vae_report.figures.drawing import Drawing, figure
from vae_report.figures.selection import labels, listed, seeds_of
from vae_report.figures.themes import WIDTH, inches, marker
from vae_report.results import Diverged, Results

_TERMS = {"negative_elbo": "negative ELBO", "bce": "BCE", "kl": "KL"}
_PANEL_HEIGHT = 190
_MARGIN_HEIGHT = 120


@figure
def vae_train_loss(results: Results) -> Drawing:
    """Negative ELBO, BCE and KL of every VAE on the training images, averaged over each epoch."""
    return _losses(results, "train", variational=True)


@figure
def vae_val_loss(results: Results) -> Drawing:
    """Negative ELBO, BCE and KL of every VAE on the validation images after each epoch."""
    return _losses(results, "validation", variational=True)


@figure
def ae_train_loss(results: Results) -> Drawing:
    """BCE of every autoencoder on the training images, averaged over each epoch."""
    return _losses(results, "train", variational=False)


@figure
def ae_val_loss(results: Results) -> Drawing:
    """BCE of every autoencoder on the validation images after each epoch."""
    return _losses(results, "validation", variational=False)


def _losses(results: Results, split: str, *, variational: bool) -> Drawing:
    runs = results.main_runs(variational=variational)
    names = labels(runs)
    columns = {f"{split}_{term}": title for term, title in _TERMS.items()}
    data = pd.concat(
        {
            (name, each.seed): each.history.set_index("epoch")[list(columns)].rename(
                columns=columns
            )
            for name, run in zip(names, runs, strict=True)
            for each in run.replicates
        },
        names=["run", "seed"],
    ).dropna(axis="columns", how="all")
    if data.empty:
        raise Diverged(f"no loss of {listed(names)} was finite")

    by_epoch = {name: rows.groupby("epoch") for name, rows in data.groupby("run")}
    drawn = Figure(
        figsize=inches(WIDTH, _MARGIN_HEIGHT + _PANEL_HEIGHT * len(data.columns)),
        layout="constrained",
    )
    panels = drawn.subplots(len(data.columns), sharex=True, squeeze=False)[:, 0]
    for panel, term in zip(panels, data.columns, strict=True):
        for number, name in enumerate(names):
            losses = by_epoch[name][term]
            curve = losses.mean()
            panel.fill_between(
                curve.index, losses.min(), losses.max(), color=f"C{number}", alpha=0.25, linewidth=0
            )
            panel.plot(
                curve.index,
                curve,
                color=f"C{number}",
                marker=marker(number),
                markevery=1 + len(curve) // 25,
                label=name,
            )
        panel.set_title(term, loc="left")
    epochs = int(data.index.get_level_values("epoch").max())
    count_from_one(panels[-1], epochs)
    panels[-1].set_xlabel("epoch")
    drawn.supylabel("nats per image")
    legend_above(drawn, panels[0])

    images = {"train": "training", "validation": "validation"}[split]
    seeds = seeds_of(runs)
    over = f", mean over {seeds}, whose range is shaded" if seeds else ""
    changes = (
        f"{name}: {listed(_change(term, by_epoch[name][term].mean()) for term in data.columns)}"
        f"{' before the run diverges' if run.metrics.diverged else ''}"
        for run, name in zip(runs, names, strict=True)
    )
    return Drawing(
        figure=drawn,
        runs=runs,
        alt=f"Loss on the {images} images over {epochs} epochs, in nats per image{over}. "
        f"{'; '.join(changes)}.",
        data=data.reset_index(),
        vector=True,
    )


def _change(term: str, curve: "pd.Series[float]") -> str:
    finite = curve.dropna()
    if finite.empty:
        return f"{term} is never finite"
    first, last = finite.iloc[0], finite.iloc[-1]
    if len(finite) == 1:
        return f"{term} is {last:.1f}"
    if f"{first:.1f}" == f"{last:.1f}":
        return f"{term} stays at {last:.1f}"
    verb = "falls" if last < first else "rises"
    return f"{term} {verb} from {first:.1f} to {last:.1f}"
