"""The latent space: the positions of images in it, and the images that it decodes to."""

from collections.abc import Sequence
from math import ceil, floor, isqrt

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from vae_report.figures.drawing import Drawing, figure
from vae_report.figures.selection import labels, listed, runs_of
from vae_report.figures.themes import WIDTH, inches, legend_columns, marker
from vae_report.results import Results, RunResult

_PANEL_HEIGHT = 460
_LEGEND_LINE = 30
_LAYERS = 6


@figure
def vae_latent_scatter(results: Results) -> Drawing:
    """Validation means of every VAE by class; beyond two dimensions, their principal components."""
    runs = runs_of(results, variational=True, smallest=2)
    names = labels(runs)
    classes = results.classes
    columns = legend_columns(classes)
    legend_height = _LEGEND_LINE * ceil(len(classes) / columns)
    drawn = Figure(
        figsize=inches(WIDTH, _PANEL_HEIGHT * len(runs) + legend_height), layout="constrained"
    )
    panels = drawn.subplots(len(runs), squeeze=False)[:, 0]
    tables, sentences = [], []
    for panel, run, name in zip(panels, runs, names, strict=True):
        points, axes, seen = _plane(run)
        table = pd.DataFrame(points, columns=["horizontal", "vertical"])
        table.insert(0, "run", name)
        table.insert(1, "class", np.array(classes)[run.arrays["validation_labels"].astype(int)])
        tables.append(table)
        _scatter(panel, table, classes)
        panel.set_title(name, loc="left")
        panel.set_xlabel(axes[0])
        panel.set_ylabel(axes[1])
        sentences.append(f"{name}{seen}: {_nearest_and_farthest(table)}")
    _legend_below(drawn, panels[0], columns)
    return Drawing(
        figure=drawn,
        runs=runs,
        alt=f"Posterior means of {len(tables[0]):,} validation images, coloured by class. "
        f"{'; '.join(sentences)}.",
        data=pd.concat(tables, ignore_index=True),
    )


def _scatter(panel: Axes, table: pd.DataFrame, classes: Sequence[str]) -> None:
    """Plot the points of each class in layers, so that the last class does not cover the others."""
    for layer in range(_LAYERS):
        for number, label in enumerate(classes):
            shown = table[table["class"] == label][layer::_LAYERS]
            panel.plot(
                shown["horizontal"],
                shown["vertical"],
                linestyle="",
                color=f"C{number}",
                marker=marker(number),
                markersize=3.6,
                markeredgewidth=0,
                label="_" * layer + label,  # the legend shows only the first layer
            )


def _legend_below(drawn: Figure, panel: Axes, columns: int) -> None:
    handles, names = panel.get_legend_handles_labels()
    drawn.legend(handles, names, loc="outside lower center", ncols=columns, markerscale=2.5)


def _plane(run: RunResult) -> tuple[NDArray[np.float64], tuple[str, str], str]:
    """Return the latent means of a run in two dimensions, the axes' names, and a note on them."""
    means = run.arrays["latent_means"].astype(np.float64)
    if means.shape[1] == 2:
        return means, ("$z_1$", "$z_2$"), ""
    centred = means - means.mean(axis=0)
    _, scales, directions = np.linalg.svd(centred, full_matrices=False)
    share = 100 * scales**2 / np.sum(scales**2)
    # A singular vector's sign is arbitrary: the largest component is made positive.
    largest = np.abs(directions).argmax(axis=1)
    directions *= np.sign(directions[np.arange(len(directions)), largest])[:, None]
    axes = (f"PC 1 ({share[0]:.0f} % of variance)", f"PC 2 ({share[1]:.0f} % of variance)")
    return (
        centred @ directions[:2].T,
        axes,
        f" (two principal components, {share[:2].sum():.0f} % of the variance)",
    )


def _nearest_and_farthest(table: pd.DataFrame) -> str:
    centres = table.groupby("class", sort=False)[["horizontal", "vertical"]].mean()
    distances = np.linalg.norm(centres.to_numpy()[:, None] - centres.to_numpy()[None], axis=2)
    pairs = np.triu_indices(len(centres), 1)
    order = np.argsort(distances[pairs])

    def pair(rank: int) -> str:
        one, other = pairs[0][order[rank]], pairs[1][order[rank]]
        return f"{listed(sorted(centres.index[[one, other]]))} ({distances[one, other]:.1f})"

    return f"the centres of {pair(0)} lie closest together, of {pair(-1)} farthest apart"


@figure
def embedding(results: Results) -> Drawing:
    """Codes of test images in the first VAE beyond two dimensions: t-SNE beside PCA."""
    run = runs_of(results, variational=True, smallest=3)[0]
    classes = results.classes
    labelled = np.array(classes)[run.arrays["embedding_labels"].astype(int)]
    columns = legend_columns(classes)
    drawn = Figure(
        figsize=inches(WIDTH, 370 + _LEGEND_LINE * ceil(len(classes) / columns)),
        layout="constrained",
    )
    panels = drawn.subplots(1, 2)
    tables, sentences = [], []
    for panel, (key, title) in zip(panels, {"tsne": "t-SNE", "pca": "PCA"}.items(), strict=True):
        points = run.arrays[f"embedding_{key}"].astype(np.float64)
        table = pd.DataFrame(points, columns=["horizontal", "vertical"])
        table.insert(0, "map", title)
        table.insert(1, "class", labelled)
        tables.append(table)
        _scatter(panel, table, classes)
        panel.set_title(title, loc="left")
        panel.set(xticks=[], yticks=[])  # the scale has no meaning
        share = 100 * np.mean(labelled[_nearest(points)] == labelled)
        sentences.append(f"{share:.0f} % by {title}")
    _legend_below(drawn, panels[0], columns)
    return Drawing(
        figure=drawn,
        runs=[run],
        alt=f"{len(labelled):,} test images in the latent space of the {labels([run])[0]}, in two "
        "maps, coloured by class. The share of points whose nearest neighbour in the map is of "
        f"their class is {listed(sentences)}.",
        data=pd.concat(tables, ignore_index=True),
    )


def _nearest(points: NDArray[np.float64]) -> NDArray[np.intp]:
    """Find the nearest other point of each of (N, 2) points."""
    squares = (points**2).sum(axis=1)
    distances = squares[:, None] + squares - 2 * points @ points.T
    np.fill_diagonal(distances, np.inf)
    return np.asarray(distances.argmin(axis=1))


def decoded_plane(run: RunResult) -> NDArray[np.float64]:
    """Lay the images that a 2-D VAE decodes over its plane side by side, as one square image."""
    images = run.arrays["manifold"]
    count, side = len(run.arrays["manifold_quantiles"]), isqrt(images.shape[-1])
    tiles = images.reshape(count, count, side, side).swapaxes(1, 2)
    return tiles.reshape(2 * (count * side,)).astype(np.float64)


@figure
def latent_manifold(results: Results) -> Drawing:
    """The plane of the first 2-D VAE, decoded at the quantiles of the prior."""
    run = runs_of(results, variational=True, smallest=2, largest=2)[0]
    images = run.arrays["manifold"]
    quantiles = run.arrays["manifold_quantiles"]
    count = len(quantiles)
    plane = decoded_plane(run)

    left, bottom, margin = 90, 75, 12
    room = (WIDTH - left - margin) / len(plane)
    # Multiples of a half, if there is room, are whole device pixels on screens of double density.
    size = len(plane) * (floor(2 * room) / 2 if room >= 1 else room)
    width, height = left + size + margin, bottom + size + margin
    drawn = Figure(figsize=inches(width, height))
    axes = drawn.add_axes((left / width, bottom / height, size / width, size / height))
    axes.imshow(plane, vmin=0, vmax=1, extent=(0, count, 0, count), interpolation="nearest")
    ticked = np.linspace(0, count - 1, 6).round().astype(int)
    values = [f"{quantiles[tick]:.1f}".replace("-", "−") for tick in ticked]
    axes.set_xticks(ticked + 0.5, values)
    axes.set_yticks(ticked + 0.5, values)
    axes.grid(visible=False)
    axes.set_xlabel("$z_1$")
    axes.set_ylabel("$z_2$")
    across, down = (np.abs(np.diff(images, axis=axis)).mean() for axis in (1, 0))
    return Drawing(
        figure=drawn,
        runs=[run],
        alt=f"{count} by {count} images decoded by the {labels([run])[0]} over the quantiles of "
        f"the prior, both latent dimensions from {quantiles[0]:.2f} to {quantiles[-1]:.2f}: "
        f"neighbours differ by {across:.3f} a pixel along the first dimension and by {down:.3f} "
        "along the second.",
    )
