"""Results of finished runs for claims, figures and tables: records and arrays, without torch."""

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
        name: The name of the run.
        seed: The seed of the run, and of the classifier that judges it.
        history: A row per epoch: `epoch` (from 1), `learning_rate` (at the epoch's last step),
            `seconds`, and for each split, `train_` and `validation_`, `negative_elbo`, `bce`, `kl`
            in nats per image, and `validation_mean_decoded_loss`. For an autoencoder the columns
            of `negative_elbo` and `kl` are empty (NaN). A run that diverged ends with the epoch in
            which its loss stopped being finite.
        metrics: The fields of `vae_report.results.metrics.Training`, and the records that
            measurements fill in, by their names.
        arrays: Arrays for figures and comparisons, read on first use. A run that diverged has
            only the snapshots. Images are rows of D pixel values in [0, 1], float32; L is
            the latent size, C the number of classes, T the number of test images.

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
              one entry per test image, in the same order for all runs.
            - `test_means` (T, L): every test image, encoded.
            - `knn_correct` (T,): 1 where the nearest neighbours found the label, else 0.
            - `knn_confusion` (C, C): the share of the images of a row's class that the nearest
              neighbours give the column's class.
            - `embedding_tsne`, `embedding_pca` (n, 2), `embedding_labels` (n,): the codes of some
              test images by t-SNE and by principal components, for the first seed of headline runs
              with L > 2.
            - `label_kept` (T,): 1 where the judge gives the reconstruction the label that it gives
              the original, else 0.
            - `path_confidence`, `path_realism` (Q,): means over lines, the same for all runs.
            - `sample_entropy` (G,): the entropy of the judge's probabilities for each sample;
              `sample_recognised` (G,): 1 where the highest of them is at least 0.9, else 0;
              `sample_sharpness` (G,): the energy of the sample's Laplacian; `sample_density` (G,),
              of a VAE alone: the log-density of the aggregate posterior at its latent vector;
              `sample_images` (100, D): the first 100 samples.
            - `sample_frechet_resampled` (B,): Fréchet distances of resamples of the samples from
              resamples of the test images, scattered about the distance itself. The b-th draws
              both sets alike for all runs, so that those of two runs are paired.
            - `mixture_images` (100, D), `mixture_frechet_resampled` (B,): the same for images from
              the mixture, of headline autoencoders alone.
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
        name: The name in `report.toml`, or a sweep's name with the values that vary.
        settings: The settings of the run with the first seed.
        metrics: Means over the seeds, with intervals that cover seeds and images.
        replicates: The run with each of its seeds, at least one.
    """

    name: str
    settings: RunSettings
    metrics: Values
    replicates: tuple[Replicate, ...]

    @property
    def history(self) -> "pd.DataFrame":
        """The history of the first seed."""
        return self.replicates[0].history

    @property
    def arrays(self) -> Arrays:
        """The arrays of the first seed, which figures draw."""
        return self.replicates[0].arrays


@dataclass(frozen=True)
class JudgeResult:
    """What the judge with one seed sees in images that no model made.

    Attributes:
        metrics: The metrics of the classifier, and the quality of the images.
        arrays: The arrays `KIND_images` (100, D) and `KIND_frechet_resampled` (B,) of each kind of
            images, `real`, `noise` or `pca-L`, as for a run; `noise_recognised` (G,), as for a
            run; `real_sharpness` (T,): the energies of the test images' Laplacian.
    """

    metrics: Values
    arrays: Arrays


@dataclass(frozen=True)
class Results:
    """All that was measured.

    Attributes:
        classes: The names of the classes.
        runs: All finished runs by name, headline runs first.
        headline: The names of the runs that most of the report is about.
        sweeps: The names of the runs of each sweep, in its order.
        judges: The results of the judge with each seed for what samples are compared with.
    """

    classes: tuple[str, ...]
    runs: Mapping[str, RunResult]
    headline: tuple[str, ...]
    sweeps: Mapping[str, tuple[str, ...]]
    judges: Mapping[int, JudgeResult]

    @cached_property
    def baselines(self) -> Values:
        """The metrics of what samples are compared with: means over the seeds of the judge."""
        # Imported here, since a build that only names results does not need numpy.
        from vae_report.results.means import mean_baselines

        return mean_baselines([judge.metrics for judge in self.judges.values()])

    @property
    def baseline_arrays(self) -> Arrays:
        """The arrays of the first judge, which figures draw."""
        return next(iter(self.judges.values())).arrays

    def members(self, sweep: str, **settings: object) -> list[RunResult]:
        """List the runs of a sweep with certain settings, in its order.

        Args:
            sweep: The sweep's name.
            settings: Values that the runs have, as in `beta=1`; `variational=True` takes the VAEs
                of every kind, and `variational=False` the autoencoders.

        Raises:
            NotMeasured: This profile has none of them.
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
    """A claim or a figure needs a run that this profile leaves out; the message says which.

    On pages, "this profile" becomes "this report" where the profile leaves nothing out.
    """


class Diverged(NotMeasured):
    """The runs that a figure would show diverged, which is a result and not a mistake."""


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
