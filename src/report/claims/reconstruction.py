"""Claims about what the VAE's reconstructions keep, and what they lose."""

import numpy as np
from numpy.typing import NDArray

from vae_report.claims.claim import Claim, Effect
from vae_report.claims.comparing import (
    Finding,
    difference_of_groups,
    in_classes,
    mean,
    over_seeds,
    values,
)
from vae_report.results import Replicate, Results, RunResult

_SILHOUETTES = ("Trouser", "Bag", "Ankle boot")
_TEXTURES = ("Pullover", "Coat", "Shirt")

_KEPT = (
    "Share of test images whose reconstruction the classifier gives the label that it gives the "
    "original."
)
_KEPT_ENOUGH = (
    "Chance keeps one label in ten; who reads that the category is kept expects it of at least "
    "four images in five."
)


@Claim(
    id="reconstructions-keep-category-2d",
    statement="Reconstructions of the 2-D VAE keep the category of the original.",
    measure=_KEPT,
    direction="above",
    threshold=0.8,
    reason=_KEPT_ENOUGH,
    figure="vae_recon_val",
).decided_by
def reconstructions_keep_category_2d(results: Results) -> list[Effect]:
    """Measure the share of reconstructions to which the judge gives the original's label."""
    return [mean(run, "label_kept") for run in results.main_runs(model="vae", latent=2)]


@Claim(
    id="reconstructions-keep-category-16d",
    statement="Reconstructions of the 16-D VAE keep the category of the original.",
    measure=_KEPT,
    direction="above",
    threshold=0.8,
    reason=_KEPT_ENOUGH,
    figure="vae_recon_val",
).decided_by
def reconstructions_keep_category_16d(results: Results) -> list[Effect]:
    """Measure the share of reconstructions to which the judge gives the original's label."""
    return [mean(run, "label_kept") for run in results.main_runs(model="vae", latent=16)]


@Claim(
    id="reconstructions-lose-detail",
    statement="The VAE's reconstructions lose fine detail: they are less sharp than the originals.",
    measure="Energy of the Laplacian of a test image's reconstruction over that of the original, "
    "averaged over images; the headline VAE with the sharpest.",
    direction="below",
    threshold=0.5,
    reason="Energy is a square: half of it means that the contrast of fine detail falls by three "
    "tenths, a loss that a reader sees.",
    figure="sharpness_and_error",
).decided_by
def reconstructions_lose_detail(results: Results) -> list[Effect]:
    """Average the sharpness of reconstructions."""
    return [mean(run, "test_sharpness") for run in results.main_runs(variational=True)]


@Claim(
    id="silhouettes-reconstruct-better",
    statement="Classes with distinct silhouettes (trousers, bags, ankle boots) reconstruct better "
    "than those that differ by texture (pullovers, coats, shirts).",
    measure="Mean structural similarity (SSIM, which allows for the contrast of each image) of a "
    "class with a distinct silhouette, less that of the three textured classes together; the least "
    "difference of any class and headline VAE.",
    direction="above",
    threshold=0.05,
    reason="A blank background alone raises SSIM a little; a smaller difference would say nothing "
    "about silhouettes.",
    figure="class_errors",
).decided_by
def silhouettes_reconstruct_better(results: Results) -> list[Effect]:
    """Compare each class of one kind with all classes of the other."""
    textures = in_classes(results, _TEXTURES)
    silhouettes = [in_classes(results, [name]) for name in _SILHOUETTES]

    def compare(run: RunResult, silhouette: NDArray[np.bool_]) -> Effect:
        def find(each: Replicate) -> Finding:
            return difference_of_groups(each, values(each, "test_ssim"), silhouette, textures)

        return over_seeds([run], find)

    return [
        compare(run, silhouette)
        for run in results.main_runs(variational=True)
        for silhouette in silhouettes
    ]
