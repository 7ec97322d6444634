"""What a finished run is to those who draw it and write about it: records and arrays, no torch."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from vae_report.config import RunSettings

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


class SplitMetrics(BaseModel):
    """Averages over the images of one split; the first four in nats per image.

    Attributes:
        negative_elbo: BCE + KL with one sampled latent vector an image; none for an autoencoder,
            which bounds no likelihood.
        bce: Bernoulli cross-entropy, summed over pixels, under the same sampled latent vector; of
            an autoencoder, under its one latent vector.
        kl: KL divergence of the posterior from the prior, unweighted; none for an autoencoder.
        mean_decoded_loss: BCE of the decoded posterior mean, plus KL: smaller than the negative
            ELBO and no bound; of an autoencoder, its BCE.
        mse: mean squared error a pixel of the decoded posterior mean, pixels in [0, 1].
        ssim: structural similarity of the decoded posterior mean (Wang et al. 2004).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    negative_elbo: float | None
    bce: float
    kl: float | None
    mean_decoded_loss: float
    mse: float
    ssim: float


class RunMetrics(BaseModel):
    """What is measured of one finished run; `seconds` is the time its training took."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    latent: int
    beta: float | None
    seed: int
    parameters: int
    epochs: int
    seconds: float
    validation: SplitMetrics
    test: SplitMetrics


@dataclass(frozen=True)
class RunResult:
    """A finished run.

    Attributes:
        name: as in `report.toml`.
        settings: what was asked for.
        history: a row an epoch: `epoch` (from 1), `learning_rate` (at the epoch's last step),
            `seconds`, and for each split, `train_` and `validation_`, `negative_elbo`, `bce`, `kl`
            in nats per image, and `validation_mean_decoded_loss`. For an autoencoder the columns
            of `negative_elbo` and `kl` are empty (NaN).
        metrics: on validation and test images.
        arrays: what pictures are made of. Images are rows of 784 pixel probabilities in [0, 1],
            float32; L is the latent size.

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
    """

    name: str
    settings: RunSettings
    history: "pd.DataFrame"
    metrics: RunMetrics
    arrays: "Mapping[str, NDArray[np.generic]]"


@dataclass(frozen=True)
class Results:
    """All finished runs, in the order of `report.toml`, and the names of the classes."""

    classes: tuple[str, ...]
    runs: Mapping[str, RunResult]


@dataclass(frozen=True)
class ResultFolders:
    """Where the results lie: plain values, that travel to whoever loads them.

    Attributes:
        classes: their names.
        runs: of each run its name, settings, folder, and the folders of its measurements.
    """

    classes: tuple[str, ...]
    runs: tuple[tuple[str, RunSettings, Path, tuple[Path, ...]], ...]

    def load(self) -> Results:
        """Read all results, once in a process."""
        return _load(self)


@lru_cache(maxsize=1)
def _load(folders: ResultFolders) -> Results:
    return Results(folders.classes, {run[0]: _load_run(*run) for run in folders.runs})


def _load_run(
    name: str, settings: RunSettings, folder: Path, measurements: Sequence[Path]
) -> RunResult:
    import pandas as pd
    from safetensors.numpy import load_file

    history = pd.read_csv(folder / "history.csv")
    values: dict[str, Any] = {"validation": {}, "test": {}}
    arrays = load_file(folder / "snapshots.safetensors")
    for measurement in measurements:
        found = json.loads((measurement / "values.json").read_bytes())
        for split in ("validation", "test"):
            values[split] |= found.pop(split, {})
        values |= found
        arrays |= load_file(measurement / "arrays.safetensors")
    metrics = RunMetrics(
        kind=settings.model,
        latent=settings.latent,
        beta=settings.beta if values["test"]["kl"] is not None else None,
        seed=settings.seed,
        epochs=settings.epochs,
        seconds=history["seconds"].sum(),
        **values,
    )
    return RunResult(name, settings, history, metrics, arrays)
