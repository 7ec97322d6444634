"""The latent vectors of samples, and comparisons of the sources of samples."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_report.figures.drawing import Drawing, figure
from vae_report.figures.selection import (
    averaged,
    baseline_label,
    labels,
    listed,
    pairs,
    runs_of,
    seeds_of,
)
from vae_report.figures.sheet import Heading, Panel, images_of, one_each, sheet
from vae_report.results import Arrays, NotMeasured, Results
from vae_report.results.metrics import Values

_PARTS = ("lowest", "second", "third", "fourth", "highest")
_EACH = 10
_ROWS, _COLUMNS, _BESIDE = 4, 5, 3


@figure
def samples_by_density(results: Results) -> Drawing:
    """Samples of every VAE by the density of the aggregate posterior at their latent vectors."""
    runs = runs_of(results, variational=True)
    names = labels(runs)
    panels, sentences = [], []
    for run, name in zip(runs, names, strict=True):
        density = run.arrays["sample_density"]
        images = images_of(run.arrays, "sample_images")
        order = density[: len(images)].argsort(kind="stable")
        shown = np.stack([part[_spaced(len(part))] for part in np.array_split(order, len(_PARTS))])
        panels.append(
            Panel(
                images[shown],
                heads=[
                    [Heading(f"{name}: samples by fifths of the density at z", 0, shown.shape[1])]
                ],
                sides=one_each(_PARTS),
            )
        )
        ranked = np.array_split(density.argsort(kind="stable"), len(_PARTS))
        entropy = run.arrays["sample_entropy"].astype(np.float64)
        low, high = (entropy[ranked[end]].mean() for end in (0, -1))
        sentences.append(
            f"{low:.2f} nats in the fifth of lowest density and {high:.2f} in that of highest for "
            f"the {name}"
        )
    return Drawing(
        figure=sheet(panels),
        runs=runs,
        alt="Samples in the order of the density of the aggregate posterior at their latent "
        "vectors. The mean entropy of the classifier's answer is "
        f"{listed(sentences)}, over {len(density):,} samples each"
        f"{' with the first seed' if seeds_of(runs) else ''}.",
    )


def _spaced(count: int) -> NDArray[np.int_]:
    return np.linspace(0, count - 1, min(_EACH, count)).round().astype(int)


@figure
def generators(results: Results) -> Drawing:
    """Samples of all that generates images at the largest latent size that both models have."""
    size, (vae, autoencoder) = list(pairs(results).items())[-1]
    name = labels([autoencoder])[0]
    mixture = autoencoder.metrics.mixture_samples
    sources = [
        _baseline(results, "real"),
        _Source(labels([vae])[0], vae.arrays, "sample_images", vae.metrics.samples),
        _Source(f"{name} with mixture", autoencoder.arrays, "mixture_images", mixture),
        _Source(
            f"{name} with N(0, I)", autoencoder.arrays, "sample_images", autoencoder.metrics.samples
        ),
        _baseline(results, f"pca-{size}"),
        _baseline(results, "noise"),
    ]
    panels = [_side_by_side(sources[start : start + _BESIDE]) for start in (0, _BESIDE)]
    distances = listed(f"{source.distance:.1f} for {source.name}" for source in sources)
    return Drawing(
        figure=sheet(panels),
        runs=[vae, autoencoder],
        alt=f"{_ROWS * _COLUMNS} images each of {listed(source.name for source in sources)}. "
        f"Their Fréchet distance from real test images is "
        f"{distances}{averaged([vae, autoencoder])}.",
    )


@dataclass(frozen=True)
class _Source:
    """A source of samples: its name, its images, and their quality."""

    name: str
    arrays: Arrays
    key: str
    quality: Values | None

    @property
    def distance(self) -> float:
        if self.quality is None:
            raise NotMeasured(f"samples of {self.name} are not measured in this profile")
        return float(self.quality.frechet)


def _baseline(results: Results, name: str) -> _Source:
    return _Source(
        baseline_label(name),
        results.baseline_arrays,
        f"{name}_images",
        results.baselines.samples.get(name),
    )


def _side_by_side(sources: Sequence[_Source]) -> Panel:
    shown = [images_of(source.arrays, source.key)[: _ROWS * _COLUMNS] for source in sources]
    starts = [_COLUMNS * number for number in range(len(sources))]

    def heads(texts: Iterable[str]) -> list[Heading]:
        return [
            Heading(text, start, start + _COLUMNS)
            for text, start in zip(texts, starts, strict=True)
        ]

    return Panel(
        np.concatenate([images.reshape(_ROWS, _COLUMNS, -1) for images in shown], axis=1),
        heads=[
            heads(source.name for source in sources),
            heads(f"Fréchet distance {source.distance:.1f}" for source in sources),
        ],
        column_breaks=starts[1:],
    )
