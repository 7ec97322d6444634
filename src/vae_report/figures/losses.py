"""Loss curves: a panel a term of the loss, a line a run."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from vae_report.figures.drawing import Drawing, figure
from vae_report.figures.selection import labels, listed, runs_of
from vae_report.figures.themes import WIDTH, inches, legend_columns, marker
from vae_report.results import Results

_TERMS = {"negative_elbo": "negative ELBO", "bce": "BCE", "kl": "KL"}
_PANEL_HEIGHT = 190
_MARGIN_HEIGHT = 120


@figure
def vae_train_loss(results: Results) -> Drawing:
    """Negative ELBO, BCE and KL of every VAE on the training images, averaged over each epoch."""
    return _losses(results, "vae", "train")


@figure
def vae_val_loss(results: Results) -> Drawing:
    """Negative ELBO, BCE and KL of every VAE on the validation images after each epoch."""
    return _losses(results, "vae", "validation")


@figure
def ae_train_loss(results: Results) -> Drawing:
    """BCE of every autoencoder on the training images, averaged over each epoch."""
    return _losses(results, "ae", "train")


@figure
def ae_val_loss(results: Results) -> Drawing:
    """BCE of every autoencoder on the validation images after each epoch."""
    return _losses(results, "ae", "validation")


def _losses(results: Results, model: str, split: str) -> Drawing:
    runs = runs_of(results, model)
    names = labels(runs)
    columns = {f"{split}_{term}": title for term, title in _TERMS.items()}
    data = pd.concat(
        {
            name: run.history.set_index("epoch")[list(columns)].rename(columns=columns)
            for name, run in zip(names, runs, strict=True)
        },
        names=["run"],
    ).dropna(axis="columns", how="all")

    drawn = Figure(
        figsize=inches(WIDTH, _MARGIN_HEIGHT + _PANEL_HEIGHT * len(data.columns)),
        layout="constrained",
    )
    panels = drawn.subplots(len(data.columns), sharex=True, squeeze=False)[:, 0]
    for panel, term in zip(panels, data.columns, strict=True):
        for number, name in enumerate(names):
            curve = data.loc[name, term]
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
    _count_epochs(panels[-1], epochs)
    drawn.supylabel("nats per image")
    drawn.legend(
        *panels[0].get_legend_handles_labels(),
        loc="outside upper center",
        ncols=legend_columns(names),
    )

    images = {"train": "training", "validation": "validation"}[split]
    changes = (
        f"{name}: {listed(_change(term, data.loc[name, term]) for term in data.columns)}"
        for name in names
    )
    return Drawing(
        figure=drawn,
        alt=f"Loss on the {images} images over {epochs} epochs, in nats per image. "
        f"{'; '.join(changes)}.",
        data=data.reset_index(),
        vector=True,
    )


def _count_epochs(axes: Axes, last: int) -> None:
    """Tick the epochs at whole numbers, the first and not the zeroth among them."""
    ticks = MaxNLocator(5, integer=True).tick_values(1, last)
    axes.set_xticks(sorted({1, *(int(tick) for tick in ticks if 1 < tick <= last)}))
    axes.set_xlabel("epoch")


def _change(term: str, curve: "pd.Series[float]") -> str:
    first, last = curve.iloc[0], curve.iloc[-1]
    if len(curve) == 1:
        return f"{term} is {last:.1f}"
    verb = "falls" if last < first else "rises"
    return f"{term} {verb} from {first:.1f} to {last:.1f}"
