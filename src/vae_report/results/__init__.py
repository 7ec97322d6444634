"""What a finished run is to those who draw it and write about it: records and arrays, no torch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from vae_report.results.metrics import Values
from vae_report.settings import RunSettings

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

Arrays = Mapping[str, "NDArray[np.generic]"]


@dataclass(frozen=True)
class Replicate:
    """A finished run with one of its seeds.

    Attributes:
        name: of the run.
        seed: of the run, and of the classifier that judges it.
        history: a row an epoch: `epoch` (from 1), `learning_rate` (at the epoch's last step),
            `seconds`, and for each split, `train_` and `validation_`, `negative_elbo`, `bce`, `kl`
            in nats per image, and `validation_mean_decoded_loss`. For an autoencoder the columns
            of `negative_elbo` and `kl` are empty (NaN). A run that diverged ends with the epoch in
            which its loss stopped being finite.
        metrics: `vae_report.results.metrics.Training`, and by their names the records that
            measurements fill in.
        arrays: what pictures and comparisons are made of; read when asked for. A run that diverged
            has the snapshots alone. Images are rows of D pixel values in [0, 1], float32; L is
            the latent size, C the number of classes, T that of test images.

            - `showcase_originals`, `showcase_reconstructions` (2·C, D): two validation images of
              each of the C classes, in class order.
            - `snapshot_epochs` (S,), `snapshot_originals` (n, D),
              `snapshot_reconstructions` (S, n, D), `snapshot_samples` (S, n, D): one image of
              each class, and one fixed set of draws from the prior, as decoded after each epoch.
            - `latent_means` (V, L), `validation_labels` (V,): every validation image, encoded.
            - `prior_samples` (100, D): draws from N(0, I), decoded; the same draws for all runs
              of one latent size and seed, so those of an autoencoder are comparable.
            - `manifold` (20, 20, D), `manifold_quantiles` (20,): only where L = 2: the plane
              decoded at the quantiles of the prior; the row runs down the second latent dimension
              (first row its highest value), the column along the first.
            - `interpolation` (P, 9, D), `interpolation_originals` (P, 2, D): straight lines
              between the encodings of P pairs of validation images; the same pairs for all runs.
            - `test_labels`, `test_bce`, `test_kl` (sampled; zero for an autoencoder),
              `test_mean_decoded_bce`, `test_mse`, `test_psnr`, `test_ssim`, `test_sharpness` (T,):
              an entry a test image, in one order for all runs.
            - `test_means` (T, L): every test image, encoded.
            - `knn_correct` (T,): 1 where the nearest neighbours found the label, else 0.
            - `knn_confusion` (C, C): share of the images of a row's class that the nearest
              neighbours give the column's class.
            - `embedding_tsne`, `embedding_pca` (n, 2), `embedding_labels` (n,): some test images'
              codes by t-SNE and by principal components, of the first seed of headline runs with
              L > 2.
            - `label_kept` (T,): 1 where the classifier gives the reconstruction the label that it
              gives the original, else 0.
            - `path_confidence`, `path_realism` (Q,): a mean a line, the same lines for all runs.
            - `sample_entropy` (G,): of the classifier's probabilities for each sample that is
              judged; `sample_recognised` (G,): 1 where the highest of them is at least 0.9, else
              0; `sample_sharpness` (G,): energy of its Laplacian; `sample_density` (G,): the
              log-density of the aggregate posterior at its latent vector, of a VAE alone;
              `sample_images` (100, D): the first 100 of them.
            - `sample_frechet_resampled` (B,): Fréchet distances of resamples of the samples from
              resamples of the test images, scattered about the distance itself. The b-th draws
              both sets alike for all runs, so that those of two runs are paired.
            - `mixture_images` (100, D), `mixture_frechet_resampled` (B,): of headline
              autoencoders.
    """

    name: str
    seed: int
    history: "pd.DataFrame"
    metrics: Values
    arrays: Arrays


@dataclass(frozen=True)
class RunResult:
    """A finished run with all of its seeds.

    Attributes:
        name: as in `report.toml`, or made of the name of a sweep and the values that vary.
        settings: what was asked for, with the first seed.
        metrics: means over the seeds, with intervals that cover seeds and images.
        replicates: the run with each of its seeds, at least one.
    """

    name: str
    settings: RunSettings
    metrics: Values
    replicates: tuple[Replicate, ...]

    @property
    def history(self) -> "pd.DataFrame":
        """That of the first seed."""
        return self.replicates[0].history

    @property
    def arrays(self) -> Arrays:
        """Those of the first seed: what pictures are made of."""
        return self.replicates[0].arrays


@dataclass(frozen=True)
class JudgeResult:
    """What the classifier with one seed sees in images that no model made.

    Attributes:
        metrics: of the classifier, and the quality of the images.
        arrays: of each kind of images, `real`, `noise` or `pca-L`, `KIND_images` (100, D) and
            `KIND_frechet_resampled` (B,), as a run's; `noise_recognised` (G,), as a run's;
            `real_sharpness` (T,): energies of the test images' Laplacian.
    """

    metrics: Values
    arrays: Arrays


@dataclass(frozen=True)
class Results:
    """All that was measured.

    Attributes:
        classes: their names.
        runs: all finished runs by name, headline runs first.
        headline: names of the runs that most of the report is about.
        sweeps: names of the runs of each sweep, in its order.
        judges: what samples are compared with, as the classifier with each seed sees it.
    """

    classes: tuple[str, ...]
    runs: Mapping[str, RunResult]
    headline: tuple[str, ...]
    sweeps: Mapping[str, tuple[str, ...]]
    judges: Mapping[int, JudgeResult]

    @cached_property
    def baselines(self) -> Values:
        """What samples are compared with: means over the seeds of the judge."""
        # Here, as a build that only names results needs no numpy, which this imports.
        from vae_report.results.means import mean_baselines

        return mean_baselines([judge.metrics for judge in self.judges.values()])

    @property
    def baseline_arrays(self) -> Arrays:
        """Those of the first judge: what pictures are made of."""
        return next(iter(self.judges.values())).arrays

    def members(self, sweep: str, **settings: object) -> list[RunResult]:
        """List the runs of a sweep with certain settings, in its order.

        Args:
            sweep: The sweep's name.
            settings: Values that the runs have, as in `beta=1`; `variational=True` takes the VAEs
                of every kind, and `variational=False` the autoencoders.

        Raises:
            NotMeasured: this profile has none of them.
        """
        members = [self.runs[name] for name in self.sweeps.get(sweep, ())]
        return _those_with(settings, members, f'the sweep "{sweep}"', "profile")

    def main_runs(self, **settings: object) -> list[RunResult]:
        """List the headline runs with certain settings, as `members`, in the report's order.

        Raises:
            NotMeasured: The report has none of them, since every profile has the whole headline.
        """
        runs = [self.runs[name] for name in self.headline]
        return _those_with(settings, runs, "the headline", "report")


class NotMeasured(Exception):  # noqa: N818  # no error: a profile may leave things out
    """A claim or a figure needs a run that this profile leaves out; says which.

    On pages, "this profile" becomes "this report" where the profile leaves nothing out.
    """


class Diverged(NotMeasured):
    """What a figure would show was trained and diverged, which is a result and nobody's mistake."""


def _those_with(
    settings: Mapping[str, object], runs: Sequence[RunResult], where: str, whole: str
) -> list[RunResult]:
    found = [
        run
        for run in runs
        if all(
            getattr(run.metrics if key == "variational" else run.settings, key) == value
            for key, value in settings.items()
        )
    ]
    if not found:
        asked = ", ".join(f"{key} = {value}" for key, value in settings.items())
        raise NotMeasured(f"{where} has no run{' with ' if asked else ''}{asked} in this {whole}")
    return found
