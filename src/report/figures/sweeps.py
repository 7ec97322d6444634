"""The effect of one setting: a line through runs that differ only in it."""

import numpy as np
import pandas as pd
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vae_report.figures.charts import (
    count_from_one,
    label_points,
    legend_above,
    plain,
    tick_values,
)
from vae_report.figures.drawing import Drawing, figure
from vae_report.figures.selection import averaged, labels, measured, runs_of, seeds_of
from vae_report.figures.themes import WIDTH, inches, marker
from vae_report.results import Diverged, Replicate, Results, RunResult
from vae_report.results.uncertainty import Estimate

_SHOWN_BETAS = 4
_WORST_SHOWN = 0.3  # above the lowest loss, as a share of it; worse values would flatten the rest
_OFF_SCALE, _DIVERGED = r"$\uparrow$", "x"


@figure
def rate_distortion(results: Results) -> Drawing:
    """Rate against distortion over β, and how many units are active at each rate."""
    runs = measured(results.members("beta", variational=True))
    table = pd.DataFrame(
        {
            "β": run.settings.beta,
            "rate": run.metrics.test.kl,
            "distortion": run.metrics.test.bce,
            "negative ELBO": run.metrics.test.negative_elbo,
            "active units": run.metrics.latent_space.active_units,
        }
        for run in runs
        if run.metrics.test and run.metrics.latent_space
    )
    best = table.loc[table["negative ELBO"].idxmin()]
    drawn = Figure(figsize=inches(WIDTH, 600), layout="constrained")
    curve, units = drawn.subplots(2, sharex=True, height_ratios=(5, 2))
    curve.plot(table["rate"], table["distortion"], "C0o-", label="VAEs, by their β")
    curve.plot(
        best["rate"],
        best["distortion"],
        "C1o",
        markersize=14,
        markerfacecolor="none",
        markeredgewidth=2,
        label=f"lowest negative ELBO: {best['negative ELBO']:.1f} nats",
    )
    limits = curve.get_ylim()
    rates = np.expm1(np.linspace(0, np.log1p(table["rate"].max()), 200))
    curve.plot(
        rates, best["negative ELBO"] - rates, "C1--", label="the same sum of rate and distortion"
    )
    curve.set_ylim(limits)
    curve.set_ylabel("distortion (BCE), nats per image")
    units.plot(table["rate"], table["active units"], "C0o-")
    units.set_ylim(bottom=0)
    units.locator_params(axis="y", nbins=4, integer=True)
    units.set_ylabel("active units")
    units.set_xlabel("rate (KL), nats per image")
    # Linear below one nat: a collapsed posterior has a rate of zero.
    units.set_xscale("symlog", linthresh=1, linscale=0.5)
    units.set_xlim(0 if table["rate"].min() < 1 else 1, 1.5 * max(1, table["rate"].max()))
    units.xaxis.set_major_formatter(plain)
    legend_above(drawn, curve)
    label_points(
        curve,
        table[["rate", "distortion"]].to_numpy(),
        [plain(beta) for beta in table["β"]],
    )
    first, last = table.iloc[0], table.iloc[-1]
    return Drawing(
        figure=drawn,
        runs=measured(runs),
        alt=f"Rate against distortion of {len(table)} VAEs on the test images{averaged(runs)}. "
        f"From β = {plain(first['β'])} to {plain(last['β'])} the rate goes from "
        f"{first['rate']:.1f} to {last['rate']:.1f} nats per image, the distortion from "
        f"{first['distortion']:.1f} to {last['distortion']:.1f}, the number of active units from "
        f"{first['active units']:.1f} to {last['active units']:.1f}. The negative ELBO is lowest "
        f"at β = {plain(best['β'])}, {best['negative ELBO']:.1f} nats.",
        data=table,
        vector=True,
    )


@figure
def loss_by_latent_size(results: Results) -> Drawing:
    """Reconstruction loss of VAE and AE and negative ELBO against latent size, over seeds."""
    runs = measured(results.members("latent"))
    table = pd.concat([_loss_and_spread(run) for run in runs], ignore_index=True)
    drawn = Figure(figsize=inches(WIDTH, 420), layout="constrained")
    panel = drawn.subplots()
    sentences = []
    for number, (name, rows) in enumerate(table.groupby("loss", sort=False)):
        sizes, losses = rows["latent size"], rows["nats per image"]
        panel.plot(sizes, losses, f"C{number}{marker(number)}-", label=name)
        panel.errorbar(
            sizes,
            losses,
            rows["half width"],
            fmt="none",
            color=f"C{number}",
            capsize=6,
            elinewidth=1.5,
        )
        best = rows.loc[losses.idxmin()]
        sentences.append(
            f"{name} goes from {losses.iloc[0]:.1f} to {losses.iloc[-1]:.1f} and is lowest at "
            f"{best['latent size']} ({best['nats per image']:.1f})"
        )
    said = "Each was trained with one seed."
    if seeds := seeds_of(runs):
        panel.plot(
            [],
            [],
            "|",
            markeredgewidth=1.5,
            color=rcParams["text.color"],
            label=f"95 % interval over {seeds}",
        )
        said = (
            f"These are means over {seeds}; no 95 % interval over seeds reaches farther than "
            f"{table['half width'].max():.1f} nats."
        )
    tick_values(panel, sorted(set(table["latent size"])))
    panel.set_xlabel("latent dimensions")
    panel.set_ylabel("nats per image")
    legend_above(drawn, panel)
    return Drawing(
        figure=drawn,
        runs=runs,
        alt=f"Losses on the test images from {table['latent size'].min()} to "
        f"{table['latent size'].max()} latent dimensions, in nats per image: "
        f"{'; '.join(sentences)}. {said}",
        data=table,
        vector=True,
    )


def _loss_and_spread(run: RunResult) -> pd.DataFrame:
    """Tabulate the losses of a run, with a row for each: the mean over seeds, and its interval.

    A run that was trained once has no interval.
    """
    by_seed = pd.DataFrame(_losses_of(each) for each in run.replicates)
    several = len(by_seed) > 1
    return pd.DataFrame(
        {
            "latent size": run.settings.latent,
            "loss": by_seed.columns,
            "nats per image": by_seed.mean().to_numpy(),
            "half width": [
                Estimate.of(by_seed[loss].tolist()).half_width() if several else np.nan
                for loss in by_seed.columns
            ],
            "seeds": len(by_seed),
        }
    )


def _losses_of(run: Replicate) -> dict[str, float]:
    test = run.metrics.test
    assert test is not None
    name = run.metrics.label
    if test.kl is None or test.negative_elbo is None:
        return {f"{name}, BCE": test.bce}
    return {
        f"{name}, negative ELBO": test.negative_elbo,
        f"{name}, BCE of the decoded mean": test.mean_decoded_loss - test.kl,
    }


@figure
def learning_rates(results: Results) -> Drawing:
    """Validation loss over epochs at every learning rate, and the last one against the rate."""
    runs = sorted(results.members("learning-rate"), key=lambda run: run.settings.learning_rate)
    rates = [run.settings.learning_rate for run in runs]
    losses = [_validation_loss(run) for run in runs]
    table = pd.concat(dict(zip(rates, losses, strict=True)), names=["learning rate"]).reset_index()
    values = table["nats per image"]
    if values.isna().all():
        raise Diverged("every learning rate of the sweep diverged in its first epoch")
    lowest = values.min()
    ceiling = min(lowest + _WORST_SHOWN * abs(lowest), values.max())

    drawn = Figure(figsize=inches(WIDTH, 640), layout="constrained")
    over_epochs, at_the_end = drawn.subplots(2, height_ratios=(3, 2))
    sentences = []
    for number, (rate, loss) in enumerate(zip(rates, losses, strict=True)):
        style = f"C{number}{marker(number)}"
        _plot_on_scale(over_epochs, loss, ceiling, f"{style}-", plain(rate))
        _plot_on_scale(at_the_end, pd.Series([loss.iloc[-1]], [rate]), ceiling, style)
        end = f"ends at {loss.iloc[-1]:.1f}"
        if np.isnan(loss.iloc[-1]):
            end = f"diverges in epoch {loss.index[-1]}"
        sentences.append(f"{plain(rate)} {end}")
    for panel in (over_epochs, at_the_end):
        panel.set_ylim(lowest - 0.05 * (ceiling - lowest), ceiling + 0.05 * (ceiling - lowest))
        panel.set_ylabel("nats per image")
    count_from_one(over_epochs, table["epoch"].max())
    over_epochs.set_xlabel("epoch")
    tick_values(at_the_end, rates)
    at_the_end.set_xlabel("peak learning rate")
    if (values > ceiling).any():
        over_epochs.plot([], [], "C9", linestyle="", marker=_OFF_SCALE, label="off the scale")
    if values.isna().any():
        over_epochs.plot([], [], "C9", linestyle="", marker=_DIVERGED, label="diverged")
    legend_above(drawn, over_epochs, title="peak learning rate")
    return Drawing(
        figure=drawn,
        runs=runs,
        alt=f"Validation loss over {table['epoch'].max()} epochs at {len(runs)} peak learning "
        f"rates, in nats per image{averaged(runs)}: {'; '.join(sentences)}.",
        data=table,
        vector=True,
    )


def _validation_loss(run: RunResult) -> "pd.Series[float]":
    """Average the negative ELBO by epoch over seeds, or an autoencoder's BCE.

    There is none from the epoch on in which the run diverged with any seed.
    """
    losses = []
    for each in run.replicates:
        history = each.history.set_index("epoch")
        loss = history["validation_negative_elbo"].fillna(history["validation_bce"])
        if each.metrics.diverged:
            loss.iloc[-1] = np.nan
        losses.append(loss)
    mean = pd.concat(losses, axis=1).mean(axis=1, skipna=False).rename("nats per image")
    return mean[: mean.index[mean.isna()].min()] if mean.isna().any() else mean


def _plot_on_scale(
    panel: Axes, loss: "pd.Series[float]", ceiling: float, style: str, label: str | None = None
) -> None:
    """Plot losses, with symbols at the ceiling for those that lie beyond it or do not exist."""
    (line,) = panel.plot(loss.index, loss, style, label=label)
    for gone, symbol in ((loss > ceiling, _OFF_SCALE), (loss.isna(), _DIVERGED)):
        panel.plot(
            loss.index[gone],
            np.full(gone.sum(), ceiling),
            color=line.get_color(),
            linestyle="",
            marker=symbol,
            markersize=12,
            markeredgewidth=2 if symbol == _DIVERGED else 0,
        )


@figure
def kl_by_dimension(results: Results) -> Drawing:
    """KL of every latent dimension, in descending order, of headline VAEs and some of other β.

    The last of these is shown once more as trained with KL warm-up, if it was.
    """
    runs = runs_of(results, variational=True, smallest=3)
    names = labels(runs)
    members = measured(results.members("beta", variational=True))
    chosen = np.linspace(0, len(members) - 1, min(_SHOWN_BETAS, len(members))).round().astype(int)
    runs += [members[index] for index in chosen]
    names += [f"β = {plain(members[index].settings.beta)}" for index in chosen]
    largest = members[-1].settings.beta
    for run in (results.runs[name] for name in results.sweeps.get("kl-warmup", ())):
        warmed = run.settings.kl_warmup > 0 and run.settings.beta == largest
        if warmed and not run.metrics.diverged:
            runs.append(run)
            names.append(f"β = {plain(largest)}, with warm-up")

    drawn = Figure(figsize=inches(WIDTH, 420), layout="constrained")
    panel = drawn.subplots()
    tables, sentences = [], []
    for number, (run, name) in enumerate(zip(runs, names, strict=True)):
        assert run.metrics.latent_space is not None
        kl = np.sort(run.metrics.latent_space.kl_by_dimension or ())[::-1]
        ranks = np.arange(1, len(kl) + 1)
        panel.plot(ranks, kl, f"C{number}{marker(number)}-", label=name, clip_on=False)
        tables.append(pd.DataFrame({"run": name, "rank": ranks, "KL": kl}))
        sentences.append(f"{name}: from {kl[0]:.3f} to {kl[-1]:.3f}, {kl.sum():.1f} in all")
    # Linear near zero, which is the KL of a dimension that carries nothing.
    panel.set_yscale("symlog", linthresh=0.01, linscale=0.5)
    panel.set_ylim(bottom=0)
    panel.yaxis.set_major_formatter(plain)
    count_from_one(panel, max(map(len, tables)))
    panel.set_xlabel("latent dimensions, by their KL")
    panel.set_ylabel("KL, nats per image")
    legend_above(drawn, panel)
    return Drawing(
        figure=drawn,
        runs=runs,
        alt="KL divergence of each latent dimension on the test images, in nats per image and in "
        f"descending order{averaged(runs)}. {'; '.join(sentences)}.",
        data=pd.concat(tables, ignore_index=True),
        vector=True,
    )
