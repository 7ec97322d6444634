"""Claims about how the VAE arranges its latent space."""

import numpy as np
from numpy.typing import NDArray

from vae_report.claims.claim import Claim, Effect
from vae_report.claims.comparing import (
    Finding,
    Values,
    difference_of_groups,
    in_classes,
    mean,
    of_means,
    over_seeds,
    values,
)
from vae_report.results import Replicate, Results

_TOPS = ("T-shirt/top", "Pullover", "Coat", "Shirt")
_SHAPES = ((*_TOPS, "Dress"), ("Sandal", "Sneaker", "Ankle boot"))


@Claim(
    id="classes-gather",
    statement="Items of one class gather in the VAE's latent space.",
    measure="Share of test images whose label is that of most of the nearest encoded training "
    "images; the headline VAE with the least.",
    direction="above",
    threshold=0.5,
    reason="Most items must lie among their own class; chance would place one in ten there.",
    figure="vae_latent_scatter",
).decided_by
def classes_gather(results: Results) -> list[Effect]:
    """Measure the accuracy of the nearest neighbours."""
    return [mean(run, "knn_correct") for run in results.main_runs(variational=True)]


@Claim(
    id="tops-overlap",
    statement="Look-alike tops overlap in latent space more than other classes do.",
    measure="Share of T-shirts, pullovers, coats and shirts that their nearest neighbours take for "
    "another of these four, less the share of other items that are taken for any class but their "
    "own; the headline VAE in which they differ least.",
    direction="above",
    threshold=0.1,
    reason="A difference of less than one item in ten could be the work of a single pair of "
    "classes.",
    figure="latent_confusion",
).decided_by
def tops_overlap(results: Results) -> list[Effect]:
    """Compare the confusions of tops with those of all else."""
    tops = in_classes(results, _TOPS)
    overlaps = np.outer(tops, tops) | ~tops[:, None]

    def find(run: Replicate) -> Finding:
        return difference_of_groups(run, _misplaced(run, overlaps), tops, ~tops)

    return [over_seeds([run], find) for run in results.main_runs(variational=True)]


@Claim(
    id="latent-space-sorts-by-shape",
    statement="Latent space is organised by shape, although training uses no label.",
    measure="Of the test images that their nearest neighbours take for another class, the share "
    "taken for one of the same shape: among tops and dresses, or among footwear; the headline VAE "
    "with the least.",
    direction="above",
    threshold=0.75,
    reason="If another class were drawn at random, fewer than one in three would share the shape; "
    "three in four is no accident.",
    figure="latent_confusion",
).decided_by
def latent_space_sorts_by_shape(results: Results) -> list[Effect]:
    """Compare where items lie that do not lie among their own class."""
    shapes = [in_classes(results, shape) for shape in _SHAPES]
    alike = np.any([np.outer(shape, shape) for shape in shapes], axis=0)

    def find(run: Replicate) -> Finding:
        columns = [_misplaced(run, alike), _misplaced(run, np.ones_like(alike))]
        return of_means(lambda means: means[..., 0] / means[..., 1], columns)

    return [over_seeds([run], find) for run in results.main_runs(variational=True)]


def _misplaced(run: Replicate, counted: NDArray[np.bool_]) -> Values:
    """Mark test images that lie among another class.

    Within a class only their number matters, so the first ones are marked.

    Args:
        run: The run that is measured.
        counted: Whether it counts that a row's class is taken for the column's, (C, C).

    Returns:
        The marks, (T,), 1 or 0.
    """
    confusion = values(run, "knn_confusion")
    shares = np.sum(confusion * counted * ~np.eye(len(confusion), dtype=bool), axis=1)
    labels = run.arrays["test_labels"]
    marked = np.zeros(len(labels))
    for label, share in enumerate(shares):
        images = np.flatnonzero(labels == label)
        marked[images[: round(share * len(images))]] = 1
    return marked
