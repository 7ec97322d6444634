"""Images that models reconstruct, sample and interpolate, side by side."""

import numpy as np

from vae_report.figures.drawing import Drawing, figure
from vae_report.figures.selection import labels, listed, pairs, runs_of
from vae_report.figures.sheet import Heading, Images, Panel, images_of, one_each, sheet
from vae_report.results import Results, RunResult

_COLUMNS = 10
_SAMPLE_ROWS = 5
_PAIRS = 3
_SNAPSHOTS = 6


@figure
def vae_recon_val(results: Results) -> Drawing:
    """Validation images of every class over their reconstructions by every VAE."""
    return _reconstructions(results, variational=True)


@figure
def ae_recon_val(results: Results) -> Drawing:
    """Validation images of every class over their reconstructions by every autoencoder."""
    return _reconstructions(results, variational=False)


@figure
def vae_samples(results: Results) -> Drawing:
    """Draws from the prior, decoded by every VAE."""
    return _prior_draws(results, variational=True)


@figure
def ae_random_latents(results: Results) -> Drawing:
    """The same draws from N(0, I), decoded by every autoencoder, which never saw that prior."""
    return _prior_draws(results, variational=False)


def _reconstructions(results: Results, *, variational: bool) -> Drawing:
    runs = runs_of(results, variational=variational)
    names = labels(runs)
    originals = images_of(runs[0].arrays, "showcase_originals")
    reconstructions = [images_of(run.arrays, "showcase_reconstructions") for run in runs]
    images = np.stack([originals, *reconstructions])
    each = len(originals) // len(results.classes)
    shown = _COLUMNS // each
    panels = []
    for first in range(0, len(results.classes), shown):
        classes = results.classes[first : first + shown]
        panels.append(
            Panel(
                images[:, first * each : (first + len(classes)) * each],
                heads=[
                    [
                        Heading(name, number * each, (number + 1) * each)
                        for number, name in enumerate(classes)
                    ]
                ],
                sides=one_each(["original", *names]),
                column_breaks=range(each, _COLUMNS, each),
                break_width=3,
            )
        )
    errors = (
        f"{_squared_error(decoded, originals):.4f} for the {name}"
        for decoded, name in zip(reconstructions, names, strict=True)
    )
    return Drawing(
        figure=sheet(panels),
        runs=runs,
        alt=f"{len(originals)} validation images, {each} of each class, over their "
        f"reconstructions, whose mean squared error a pixel is {listed(errors)}.",
    )


def _prior_draws(results: Results, *, variational: bool) -> Drawing:
    runs = runs_of(results, variational=variational)
    shown = _COLUMNS * _SAMPLE_ROWS
    draws = [images_of(run.arrays, "prior_samples")[:shown] for run in runs]
    panels = [
        Panel(images.reshape(_SAMPLE_ROWS, _COLUMNS, -1), heads=[[Heading(name, 0, _COLUMNS)]])
        for images, name in zip(draws, labels(runs), strict=True)
    ]
    greys = (
        f"{100 * np.mean((images > 0.2) & (images < 0.8)):.1f} % for the {name}"
        for images, name in zip(draws, labels(runs), strict=True)
    )
    return Drawing(
        figure=sheet(panels),
        runs=runs,
        alt=f"{shown} draws from the standard normal distribution, decoded by each model. The "
        f"share of pixels that are neither dark nor bright is {listed(greys)}.",
    )


@figure
def training_progress(results: Results) -> Drawing:
    """A fixed batch and fixed draws from the prior, as every VAE decodes them over its training."""
    runs = runs_of(results, variational=True)
    names = labels(runs)
    panels, falls = [], []
    for run, name in zip(runs, names, strict=True):
        epochs = run.arrays["snapshot_epochs"].astype(int)
        kept = np.unique(np.linspace(0, len(epochs) - 1, _SNAPSHOTS).round().astype(int))
        originals = images_of(run.arrays, "snapshot_originals")
        reconstructions = images_of(run.arrays, "snapshot_reconstructions")[kept]
        images = np.concatenate(
            [originals[None], reconstructions, images_of(run.arrays, "snapshot_samples")[kept]]
        )
        middle, stop = 1 + len(kept), 1 + 2 * len(kept)
        panels.append(
            Panel(
                images.swapaxes(0, 1),
                heads=[
                    [Heading(name, 0, stop)],
                    [
                        Heading("original, then by epoch", 0, middle),
                        Heading("prior draws by epoch", middle, stop),
                    ],
                    [
                        *one_each([str(epoch) for epoch in epochs[kept]], after=1),
                        *one_each([str(epoch) for epoch in epochs[kept]], after=middle),
                    ],
                ],
                column_breaks=(1, middle),
            )
        )
        first, last = (_squared_error(reconstructions[end], originals) for end in (0, -1))
        falls.append(
            f"from {first:.4f} after epoch {epochs[0]} to {last:.4f} after epoch {epochs[-1]} for "
            f"the {name}"
        )
    return Drawing(
        figure=sheet(panels),
        runs=runs,
        alt="Reconstructions and decoded draws from the prior at epochs of the training. The "
        f"reconstructions' mean squared error a pixel goes {listed(falls)}.",
    )


@figure
def interpolation(results: Results) -> Drawing:
    """Straight lines between encodings, decoded by a VAE and an AE of one latent size each.

    Of the latent sizes that both models have, the smallest and the largest are shown.
    """
    by_size = list(pairs(results).values())
    shown: list[RunResult] = []
    panels, steps = [], []
    for runs in by_size[:1] + by_size[1:][-1:]:
        shown += runs
        rows = np.stack([_path(run) for run in runs], axis=1)
        columns = rows.shape[2]
        names = labels(runs)
        panels.append(
            Panel(
                rows.reshape(-1, *rows.shape[2:]),
                heads=[[Heading("originals at the ends, decoded between", 0, columns)]],
                sides=one_each(names * len(rows)),
                column_breaks=(1, columns - 1),
                row_breaks=range(2, 2 * len(rows), 2),
            )
        )
        for name, decoded in zip(names, rows[:, :, 1:-1].swapaxes(0, 1), strict=True):
            change = np.abs(np.diff(decoded, axis=1)).mean(axis=2)
            steps.append(f"{change.max():.3f} for the {name}")
    return Drawing(
        figure=sheet(panels),
        runs=shown,
        alt=f"Straight lines in latent space between {len(rows)} pairs of validation images, "
        f"decoded at {columns - 2} points. The largest change a pixel from one to the next is "
        f"{listed(steps)}.",
    )


def _path(run: RunResult) -> Images:
    """Return (pairs, steps + 2, pixels): decoded images between the two originals of each pair."""
    ends = images_of(run.arrays, "interpolation_originals")[:_PAIRS]
    return np.concatenate(
        [ends[:, :1], images_of(run.arrays, "interpolation")[:_PAIRS], ends[:, 1:]], axis=1
    )


def _squared_error(images: Images, originals: Images) -> float:
    return float(np.mean((images - originals) ** 2))
