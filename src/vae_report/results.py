"""What a finished run is to those who draw it and write about it: records and arrays, no torch."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from vae_report.config import RunSettings
from vae_report.errors import ReportError
from vae_report.uncertainty import Interval

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


class _Metrics(BaseModel):
    """A record of finite numbers: what is not finite is no measurement."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class SplitMetrics(_Metrics):
    """Averages over the images of one split; the first four in nats per image.

    Attributes:
        negative_elbo: reconstruction + KL with one sampled latent vector an image, under the run's
            own likelihood; none for an autoencoder, which bounds no likelihood.
        bce: cross-entropy, summed over pixels, under the same sampled latent vector; of an
            autoencoder, under its one latent vector. Of a run with a continuous Bernoulli
            likelihood, the negative log-density.
        kl: KL divergence of the posterior from the prior, unweighted; none for an autoencoder.
        mean_decoded_loss: `bce` of the decoded posterior mean, plus KL: smaller than the negative
            ELBO and no bound; of an autoencoder, its BCE.
        mse: mean squared error a pixel of the decoded posterior mean, pixels in [0, 1].
        psnr: peak signal-to-noise ratio in dB, of each image, averaged.
        ssim: structural similarity of the decoded posterior mean (Wang et al. 2004).
        sharpness: energy of the Laplacian of the reconstruction over that of the original.
    """

    negative_elbo: float | None
    bce: float
    kl: float | None
    mean_decoded_loss: float
    mse: float
    psnr: float
    ssim: float
    sharpness: float


class Evidence(_Metrics):
    """A tighter bound on the negative log-likelihood of the test images (Burda et al. 2015).

    Attributes:
        bound: in nats per image; an upper bound on the negative log-likelihood.
        interval: of it.
        draws: samples of the posterior behind it, an image.
    """

    bound: float
    interval: Interval
    draws: int


class LatentSpace(_Metrics):
    """What the codes of the test images say; the autoencoder's code is its latent vector.

    Attributes:
        active_units: dimensions in which the posterior mean varies by more than 0.01 over images
            (Burda et al. 2015); none for an autoencoder.
        kl_by_dimension: in nats per image; none for an autoencoder.
        knn_accuracy: of the label, from the nearest encoded training images.
        knn_interval: of it.
        probe_accuracy: of the label, by logistic regression on encoded training images.
        probe_interval: of it.
        silhouette: mean silhouette of the labels (Rousseeuw 1987), in [-1, 1].
        silhouette_interval: of it.
        prior_distance: squared Wasserstein distance, a dimension, of the Gaussian with the
            moments of the aggregate posterior from the prior.
    """

    active_units: int | None
    kl_by_dimension: tuple[float, ...] | None
    knn_accuracy: float
    knn_interval: Interval
    probe_accuracy: float
    probe_interval: Interval
    silhouette: float
    silhouette_interval: Interval
    prior_distance: float


class Recognition(_Metrics):
    """What the classifier sees in reconstructions and along straight lines in latent space.

    Attributes:
        label_kept: share of test images whose reconstruction it gives the label of the original.
        label_kept_interval: of it.
        path_confidence: its mean highest probability along the lines, ends left out.
        path_confidence_interval: over lines.
        path_realism: share of points on the lines, ends left out, that lie among real images in
            its feature space: in one of the half of their neighbourhoods with the smaller radii.
            So it stays below 1 for real images themselves.
        path_realism_interval: over lines.
    """

    label_kept: float
    label_kept_interval: Interval
    path_confidence: float
    path_confidence_interval: Interval
    path_realism: float
    path_realism_interval: Interval


class SampleQuality(_Metrics):
    """Generated images beside real test images, in the feature space of the classifier.

    Features are in units of the real ones' standard deviation.

    Attributes:
        frechet: Fréchet distance of the features' Gaussians.
        frechet_interval: over generated images.
        kernel: squared maximum mean discrepancy, cubic kernel (Bińkowski et al. 2018).
        kernel_error: standard error of it, over blocks.
        density: Naeem et al. 2020; 1 for images like the real ones.
        coverage: share of real images with a generated one in their neighbourhood (ibid.).
        confidence: mean of the classifier's highest probability.
        recognised: share of images with a highest probability of at least 0.9.
        recognised_interval: of it.
        class_entropy: mean entropy of the classifier's probabilities, in nats.
        class_balance: entropy of the mean probabilities over that of equal shares; 1 is balanced.
        sharpness: mean energy of the Laplacian over that of real test images.
        sharpness_interval: of it.
    """

    frechet: float
    frechet_interval: Interval
    kernel: float
    kernel_error: float
    density: float
    coverage: float
    confidence: float
    recognised: float
    recognised_interval: Interval
    class_entropy: float
    class_balance: float
    sharpness: float
    sharpness_interval: Interval


class RunMetrics(_Metrics):
    """What is measured of one finished run.

    Attributes:
        kind: name of the model.
        latent: dimensions of the latent space.
        likelihood: of a pixel.
        beta: weight of the KL term; none for an autoencoder.
        learning_rate: the peak of the schedule.
        seed: of weights, order of images and noise.
        parameters: number of weights.
        epochs: that were trained, fewer than asked for if the run diverged.
        seconds: that training took.
        diverged: whether the loss stopped being finite; then nothing below is measured.
        validation: averages over the validation images.
        test: averages over the test images.
        intervals: of the values of `test`, by their names.
        per_class: the values of `test` by their names, but for each class: of `bce`, `mse`,
            `psnr`, `ssim` and `sharpness`.
        evidence: of headline VAEs alone.
        latent_space: what codes say.
        recognition: what the classifier sees in reconstructions.
        samples: draws from N(0, I), decoded.
        mixture_samples: draws from a Gaussian mixture fitted to an autoencoder's codes, decoded;
            of headline autoencoders alone.
    """

    kind: str
    latent: int
    likelihood: str
    beta: float | None
    learning_rate: float
    seed: int
    parameters: int
    epochs: int
    seconds: float
    diverged: bool
    validation: SplitMetrics | None = None
    test: SplitMetrics | None = None
    intervals: dict[str, Interval] = {}
    per_class: dict[str, tuple[float, ...]] = {}
    evidence: Evidence | None = None
    latent_space: LatentSpace | None = None
    recognition: Recognition | None = None
    samples: SampleQuality | None = None
    mixture_samples: SampleQuality | None = None


class ClassifierMetrics(_Metrics):
    """What the classifier that judges samples reaches on the test images.

    Attributes:
        accuracy: share of test images whose label it names.
        accuracy_interval: of it.
        recall: the same for each class.
        parameters: number of weights.
        epochs: passes over the training images.
        seconds: that training took.
    """

    accuracy: float
    accuracy_interval: Interval
    recall: tuple[float, ...]
    parameters: int
    epochs: int
    seconds: float


class Baselines(_Metrics):
    """What tells good samples from bad: other images, judged like samples.

    Attributes:
        classifier: that judges.
        samples: quality of real training images (`real`), of Gaussian noise with each pixel's own
            mean and variance (`noise`), and, by `pca-L` for each latent size L of the headline, of
            draws from a Gaussian fitted to the scores of L principal components.
    """

    classifier: ClassifierMetrics
    samples: dict[str, SampleQuality]


Arrays = Mapping[str, "NDArray[np.generic]"]


@dataclass(frozen=True)
class RunResult:
    """A finished run.

    Attributes:
        name: as in `report.toml`, or made of the name of a sweep and the values that vary.
        settings: what was asked for.
        history: a row an epoch: `epoch` (from 1), `learning_rate` (at the epoch's last step),
            `seconds`, and for each split, `train_` and `validation_`, `negative_elbo`, `bce`, `kl`
            in nats per image, and `validation_mean_decoded_loss`. For an autoencoder the columns
            of `negative_elbo` and `kl` are empty (NaN). A run that diverged ends with the epoch in
            which its loss stopped being finite.
        metrics: on validation and test images.
        arrays: what pictures and comparisons are made of; read when asked for. A run that diverged
            has the snapshots alone. Images are rows of 784 pixel values in [0, 1], float32; L is
            the latent size, C the number of classes, T that of test images.

            - `showcase_originals`, `showcase_reconstructions` (2·C, 784), `showcase_labels`
              (2·C,): two validation images of each of the C classes, in class order.
            - `snapshot_epochs` (S,), `snapshot_originals` (n, 784),
              `snapshot_reconstructions` (S, n, 784), `snapshot_samples` (S, n, 784): one image of
              each class, and one fixed set of draws from the prior, as decoded after each epoch.
            - `latent_means` (V, L), `validation_labels` (V,): every validation image, encoded.
            - `prior_samples` (100, 784): draws from N(0, I), decoded; the same draws for all runs
              of one latent size, so those of an autoencoder are comparable.
            - `manifold` (20, 20, 784), `manifold_quantiles` (20,): only where L = 2: the plane
              decoded at the quantiles of the prior; the row runs down the second latent dimension
              (first row its highest value), the column along the first.
            - `interpolation` (P, 9, 784), `interpolation_originals` (P, 2, 784): straight lines
              between the encodings of P pairs of validation images; the same pairs for all runs.
            - `test_labels`, `test_bce`, `test_kl` (sampled; zero for an autoencoder),
              `test_mean_decoded_bce`, `test_mse`, `test_psnr`, `test_ssim`, `test_sharpness` (T,):
              an entry a test image, in one order for all runs.
            - `importance_weighted` (T,): the bound on the log-evidence, of headline VAEs.
            - `test_means` (T, L): every test image, encoded.
            - `knn_correct`, `probe_correct` (T,): 1 where the label was found, else 0.
            - `knn_confusion` (C, C): share of the images of a row's class that the nearest
              neighbours give the column's class.
            - `embedding_tsne`, `embedding_pca` (n, 2), `embedding_labels` (n,): some test images'
              codes by t-SNE and by principal components, of headline runs with L > 2.
            - `label_kept` (T,): 1 where the classifier gives the reconstruction the label that it
              gives the original, else 0.
            - `path_confidence`, `path_realism` (Q,): a mean a line, the same lines for all runs.
            - `sample_confidence`, `sample_entropy`, `sample_sharpness` (G,): of each sample that
              is judged; `sample_density` (G,): the log-density of the aggregate posterior at its
              latent vector, of a VAE alone; `sample_images` (100, 784): the first 100 of them.
            - `mixture_images` (100, 784), `mixture_recognised` (G,): of headline autoencoders.
    """

    name: str
    settings: RunSettings
    history: "pd.DataFrame"
    metrics: RunMetrics
    arrays: Arrays


@dataclass(frozen=True)
class Results:
    """All that was measured.

    Attributes:
        classes: their names.
        runs: all finished runs by name, headline runs first.
        headline: names of the runs that most of the report is about.
        sweeps: names of the runs of each sweep, in its order.
        baselines: what samples are compared with.
        baseline_arrays: `real_images`, `noise_images`, `pca-L_images` (100, 784), and
            `real_recognised` (G,): 1 where the classifier's highest probability is at least 0.9.
    """

    classes: tuple[str, ...]
    runs: Mapping[str, RunResult]
    headline: tuple[str, ...]
    sweeps: Mapping[str, tuple[str, ...]]
    baselines: Baselines
    baseline_arrays: Arrays

    def members(self, sweep: str, **settings: object) -> list[RunResult]:
        """List the runs of a sweep with certain settings, in its order.

        Raises:
            NotMeasured: this profile has none of them.
        """
        members = [self.runs[name] for name in self.sweeps.get(sweep, ())]
        return _those_with(settings, members, f'the sweep "{sweep}"')

    def main_runs(self, **settings: object) -> list[RunResult]:
        """List the headline runs with certain settings, in the report's order.

        Raises:
            NotMeasured: this profile has none of them.
        """
        return _those_with(settings, [self.runs[name] for name in self.headline], "the headline")


class NotMeasured(Exception):  # noqa: N818  # no error: a profile may leave things out
    """A claim or a figure needs a run that this profile leaves out; says which."""


def _those_with(
    settings: Mapping[str, object], runs: Sequence[RunResult], where: str
) -> list[RunResult]:
    found = [
        run
        for run in runs
        if all(getattr(run.settings, key) == value for key, value in settings.items())
    ]
    if not found:
        asked = ", ".join(f"{key} = {value}" for key, value in settings.items())
        raise NotMeasured(f"{where} has no run{' with ' if asked else ''}{asked} in this profile")
    return found


@dataclass(frozen=True)
class ResultFolders:
    """Where the results lie: plain values, that travel to whoever loads them.

    Attributes:
        classes: their names.
        runs: of each run its name, settings, folder, and the folders of its measurements.
        headline: names of the runs that most of the report is about.
        sweeps: name and runs of each sweep.
        classifier: folder of the classifier that judges samples.
        baselines: folder of their measurement.
    """

    classes: tuple[str, ...]
    runs: tuple[tuple[str, RunSettings, Path, tuple[Path, ...]], ...]
    headline: tuple[str, ...]
    sweeps: tuple[tuple[str, tuple[str, ...]], ...]
    classifier: Path
    baselines: Path

    def load(self) -> Results:
        """Read all results, once in a process."""
        return _load(self)


@lru_cache(maxsize=1)
def _load(folders: ResultFolders) -> Results:
    baselines = _values(folders.baselines)
    history = load_history(folders.classifier)
    trained = {"epochs": len(history), "seconds": history["seconds"].sum()}
    return Results(
        folders.classes,
        {run[0]: _load_run(*run) for run in folders.runs},
        folders.headline,
        dict(folders.sweeps),
        Baselines.model_validate(_merged(baselines, {"classifier": trained})),
        _StoredArrays((folders.baselines / _ARRAYS,)),
    )


def _load_run(
    name: str, settings: RunSettings, folder: Path, measurements: Sequence[Path]
) -> RunResult:
    history = load_history(folder)
    values: dict[str, Any] = {}
    for measurement in measurements:
        values = _merged(values, _values(measurement))
    bounded = values.get("test", {}).get("kl") is not None
    try:
        metrics = RunMetrics(
            kind=settings.model,
            latent=settings.latent,
            likelihood=settings.likelihood,
            beta=settings.beta if bounded else None,
            learning_rate=settings.learning_rate,
            seed=settings.seed,
            parameters=_weights(folder),
            epochs=len(history),
            seconds=history["seconds"].sum(),
            diverged=diverged(history),
            **values,
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ReportError(
            f"run '{name}': {where} = {first['input']!r} is no measurement ({first['msg']}); "
            "correct what measures it in src/vae_report/evaluation."
        ) from error
    files = (folder / "snapshots.safetensors", *(each / _ARRAYS for each in measurements))
    return RunResult(name, settings, history, metrics, _StoredArrays(files))


def diverged(history: "pd.DataFrame") -> bool:
    """Tell whether a run's loss stopped being finite."""
    # An autoencoder has no KL, so only what is there must be a number.
    last = history.iloc[-1].dropna()
    losses = {"train_bce", "validation_bce", "validation_mean_decoded_loss"}
    return not (losses <= set(last.index) and all(map(math.isfinite, last)))


def load_history(folder: Path) -> "pd.DataFrame":
    """Read the history of a run, as `RunResult` describes it, from its folder."""
    import pandas as pd

    return pd.read_csv(folder / "history.csv")


def _values(folder: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((folder / "values.json").read_bytes())
    return values


def _weights(folder: Path) -> int:
    """Count the weights of a run, diverged or not, by the header of their file."""
    from safetensors import safe_open

    with safe_open(folder / "weights.safetensors", framework="numpy") as file:
        shapes = [file.get_slice(name).get_shape() for name in file.keys()]  # noqa: SIM118
    return sum(map(math.prod, shapes))


def _merged(values: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    """Merge nested values; what several measurements fill in has entries of each."""
    both = {
        key: _merged(values[key], other)
        for key, other in others.items()
        if isinstance(other, dict) and key in values
    }
    return {**values, **others, **both}


class _StoredArrays(Mapping[str, "NDArray[np.generic]"]):
    """The arrays of several files, each read when it is asked for: few figures need many."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files

    def __getitem__(self, name: str) -> "NDArray[np.generic]":
        from safetensors import safe_open

        with safe_open(self._places[name], framework="numpy") as file:
            array: NDArray[np.generic] = file.get_tensor(name)
        return array

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    @cached_property
    def _places(self) -> dict[str, Path]:
        from safetensors import safe_open

        places: dict[str, Path] = {}
        for path in self._files:
            with safe_open(path, framework="numpy") as file:
                places |= dict.fromkeys(file.keys(), path)
        return places


_ARRAYS = "arrays.safetensors"
