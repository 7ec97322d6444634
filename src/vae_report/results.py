"""What a finished run is to those who draw it and write about it: records and arrays, no torch."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from safetensors.numpy import load_file

from vae_report.config import RunSettings


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
    history: pd.DataFrame
    metrics: RunMetrics
    arrays: Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Results:
    """All finished runs, in the order of `report.toml`, and the names of the classes."""

    classes: tuple[str, ...]
    runs: Mapping[str, RunResult]


def load_result(name: str, settings: RunSettings, run: Path, measurements: Path) -> RunResult:
    """Read a finished run back from the store.

    Args:
        name: of the run in the report.
        settings: of the run.
        run: folder that `vae_report.runs.train_run` filled.
        measurements: folder that `vae_report.evaluation.measuring.measure_run` filled.
    """
    history = pd.read_csv(run / "history.csv")
    measured = json.loads((measurements / "measurements.json").read_bytes())
    return RunResult(
        name,
        settings,
        history,
        RunMetrics(
            kind=settings.model,
            latent=settings.latent,
            beta=settings.beta if measured["test"]["kl"] is not None else None,
            seed=settings.seed,
            epochs=settings.epochs,
            seconds=history["seconds"].sum(),
            **measured,
        ),
        {
            **load_file(run / "snapshots.safetensors"),
            **load_file(measurements / "pictures.safetensors"),
        },
    )
