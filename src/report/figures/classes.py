"""Differences between the classes, although no model was given labels."""

import numpy as np
import pandas as pd
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.typing import ColorType
from numpy.typing import NDArray

from vae_report.figures.charts import legend_above
from vae_report.figures.drawing import Drawing, figure
from vae_report.figures.selection import averaged, labels, measured, runs_of, seeds_of
from vae_report.figures.themes import WIDTH, inches, marker, text_width
from vae_report.results import Results, RunResult
from vae_report.results.uncertainty import interval_of_seeds, mean_interval

_ROW = 46  # CSS pixels per class
_SPREAD = 0.7  # the share of that row over which the runs are spread
_CELL_SIZE = 12
_QUALITIES = {"mse": "MSE", "ssim": "SSIM"}


@figure
def class_errors(results: Results) -> Drawing:
    """Squared error and structural similarity of every class for the headline runs."""
    runs = measured(results.main_runs())
    names = labels(runs)
    table = pd.concat(
        [_by_class(run, name, results.classes) for run, name in zip(runs, names, strict=True)],
        ignore_index=True,
    )
    order = list(table.groupby("class")["MSE"].mean().sort_values().index)
    drawn = Figure(figsize=inches(WIDTH, 110 + _ROW * len(order)), layout="constrained")
    panels = drawn.subplots(1, len(_QUALITIES), sharey=True)
    offsets = np.linspace(-_SPREAD / 2, _SPREAD / 2, len(runs)) if len(runs) > 1 else [0]
    for panel, quality in zip(panels, _QUALITIES.values(), strict=True):
        for number, (name, offset) in enumerate(zip(names, offsets, strict=True)):
            rows = table[table["run"] == name].set_index("class").loc[order]
            places = np.arange(len(order)) + offset
            panel.hlines(places, rows[f"{quality} from"], rows[f"{quality} to"], color=f"C{number}")
            panel.plot(
                rows[quality], places, f"C{number}{marker(number)}", markersize=5, label=name
            )
        for edge in np.arange(1, len(order)) - 0.5:
            panel.axhline(edge, color=rcParams["grid.color"], linewidth=0.8)
        panel.grid(visible=False, axis="y")
        panel.tick_params(axis="y", length=0)
        panel.set_xlabel(quality)
        panel.locator_params(axis="x", nbins=4)
    panels[0].set_yticks(range(len(order)), order)
    panels[0].set_ylim(len(order) - 0.5, -0.5)
    legend_above(drawn, panels[0])
    extremes = (f"{name}: {_extremes(rows)}" for name, rows in table.groupby("run", sort=False))
    seeds = seeds_of(runs)
    return Drawing(
        figure=drawn,
        runs=runs,
        alt="Mean squared error a pixel and structural similarity of reconstructed test images by "
        f"class, with 95 % intervals over images{f' and {seeds}' if seeds else ''}. "
        f"{'; '.join(extremes)}.",
        data=table,
        vector=True,
    )


def _by_class(run: RunResult, name: str, classes: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for number, label in enumerate(classes):
        row: dict[str, object] = {"run": name, "class": label}
        for key, quality in _QUALITIES.items():
            by_seed = [
                each.arrays[f"test_{key}"][each.arrays["test_labels"] == number].astype(np.float64)
                for each in run.replicates
            ]
            means = [float(values.mean()) for values in by_seed]
            intervals = [mean_interval(values) for values in by_seed]
            row[quality] = np.mean(means)
            row[f"{quality} from"], row[f"{quality} to"] = (
                interval_of_seeds(means, intervals) if len(means) > 1 else intervals[0]
            )
        rows.append(row)
    return pd.DataFrame(rows)


def _extremes(rows: pd.DataFrame) -> str:
    least, most = (rows.loc[end] for end in (rows["MSE"].idxmin(), rows["MSE"].idxmax()))
    return (
        f"the error is smallest for {least['class']} ({least['MSE']:.4f}, from "
        f"{least['MSE from']:.4f} to {least['MSE to']:.4f}), largest for {most['class']} "
        f"({most['MSE']:.4f}, from {most['MSE from']:.4f} to {most['MSE to']:.4f})"
    )


@figure
def latent_confusion(results: Results) -> Drawing:
    """The classes that the nearest neighbours in every VAE's latent space give a class's images."""
    runs = runs_of(results, variational=True)
    names = labels(runs)
    classes = results.classes
    label_room = max(text_width(name, rcParams["xtick.labelsize"]) for name in classes)
    side = WIDTH - label_room - 50
    drawn = Figure(
        figsize=inches(WIDTH, len(runs) * (0.7 * side + 90 + label_room)), layout="constrained"
    )
    panels = drawn.subplots(len(runs), squeeze=False)[:, 0]
    sentences = []
    for panel, run, name in zip(panels, runs, names, strict=True):
        shares = 100 * _confusion(run)
        _matrix(panel, shares, classes)
        panel.set_title(name, loc="left")
        panel.set_ylabel("class")
        panel.set_xlabel("nearest neighbours' class, %")
        right = np.diag(shares)
        wrong = shares - np.diag(right)
        one, other = np.unravel_index(wrong.argmax(), wrong.shape)
        sentences.append(
            f"{name}: from {right.min():.0f} % of {classes[right.argmin()]} to {right.max():.0f} % "
            f"of {classes[right.argmax()]} lie among their own class; most often mistaken are "
            f"images of {classes[one]} for {classes[other]} ({wrong.max():.0f} %)"
        )
    table = pd.concat(
        {
            name: pd.DataFrame(_confusion(run), pd.Index(classes, name="class"), classes)
            for name, run in zip(names, runs, strict=True)
        },
        names=["run"],
    )
    return Drawing(
        figure=drawn,
        runs=runs,
        alt="Classes of the test images, a row each, against the class of their nearest "
        f"neighbours in latent space{averaged(runs)}. {'; '.join(sentences)}.",
        data=table.reset_index(),
        vector=True,
    )


def _confusion(run: RunResult) -> NDArray[np.float64]:
    """Average the (C, C) shares of a row's class that lie among the column's over seeds."""
    shares = [each.arrays["knn_confusion"].astype(np.float64) for each in run.replicates]
    mean: NDArray[np.float64] = np.mean(shares, axis=0)
    return mean


def _matrix(panel: Axes, shares: NDArray[np.float64], classes: tuple[str, ...]) -> None:
    """Shade the cells of a matrix of percentages, and write them in."""
    page, ink = rcParams["axes.facecolor"], rcParams["text.color"]
    shades = LinearSegmentedColormap.from_list("shares", [page, "C0"])
    panel.pcolormesh(shares, cmap=shades, vmin=0, vmax=100, edgecolors=page, linewidth=2)
    for row, column in np.ndindex(shares.shape):
        share = float(shares[row, column])
        if share > 0.5:
            shade = _brightness(shades(share / 100))
            panel.text(
                column + 0.5,
                row + 0.5,
                f"{share:.0f}",
                color=max(page, ink, key=lambda each: abs(_brightness(each) - shade)),
                size=_CELL_SIZE,
                ha="center",
                va="center",
            )
    places = np.arange(len(classes)) + 0.5
    panel.set_yticks(places, classes)
    panel.set_xticks(places, classes, rotation=90)
    panel.tick_params(length=0)
    panel.invert_yaxis()
    panel.grid(visible=False)
    for spine in panel.spines.values():
        spine.set_visible(False)


def _brightness(colour: ColorType) -> float:
    """Weigh red, green and blue as the eye does (ITU-R BT.601)."""
    return float(np.dot(to_rgb(colour), (0.299, 0.587, 0.114)))
