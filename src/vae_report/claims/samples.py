"""Claims about images decoded from draws of the prior."""

import numpy as np
import pandas as pd

from vae_report.claims.claim import Claim, Effect
from vae_report.claims.comparing import (
    OVER_SAMPLES,
    Values,
    names,
    of_means,
    recognised_beyond_noise,
    repeated,
    samples_of,
    values,
)
from vae_report.results import Results


@Claim(
    id="samples-are-recognisable",
    statement="Many samples from the VAE's prior are recognisable as a class.",
    measure="Share of samples to which the classifier gives a class with a probability of at least "
    "0.9, less the share of pixel noise to which it does; the headline VAE and seed with the "
    "least.",
    direction="above",
    threshold=0.5,
    reason="‘Many’ is at least half, beyond what the classifier believes to recognise in noise.",
    figure="vae_samples",
).decided_by
def samples_are_recognisable(results: Results) -> list[Effect]:
    """Ask the classifier."""
    return [recognised_beyond_noise(results, run) for run in repeated(results, model="vae")]


@Claim(
    id="samples-are-smooth",
    statement="Samples from the VAE's prior are smoother than real images.",
    measure="Mean energy of the Laplacian of samples over that of real test images; the headline "
    "VAE and seed with the sharpest.",
    direction="below",
    threshold=0.5,
    reason="As for reconstructions: with half the energy, the contrast of fine detail falls by "
    "three tenths, which a reader sees.",
    figure="vae_samples",
).decided_by
def samples_are_smooth(results: Results) -> list[Effect]:
    """Compare the sharpness of samples with that of real images."""
    effects = []
    for run in repeated(results, model="vae"):
        quality = samples_of(run)
        effects.append(
            Effect(quality.sharpness, quality.sharpness_interval, names([run]), OVER_SAMPLES)
        )
    return effects


@Claim(
    id="ambiguous-samples-lie-in-sparse-regions",
    statement="Ambiguous samples come from thinly populated regions of latent space.",
    measure="Rank correlation (Spearman) between the density of encoded images at a sample's "
    "latent vector and the entropy of the classifier's probabilities for the sample; the headline "
    "VAE and seed in which it is weakest.",
    direction="below",
    threshold=-0.3,
    reason="By convention 0.3 is a medium correlation (Cohen 1988); a weaker one leaves more than "
    "nine tenths of the variation in ranks to other causes.",
    figure="samples_by_density",
).decided_by
def ambiguous_samples_lie_in_sparse_regions(results: Results) -> list[Effect]:
    """Correlate density and ambiguity, with the ranks of all samples kept in resamples."""
    effects = []
    for run in repeated(results, model="vae"):
        density, entropy = (
            pd.Series(values(run, f"sample_{name}")).rank().to_numpy()
            for name in ("density", "entropy")
        )
        columns = [density, entropy, density * entropy, density**2, entropy**2]
        effects.append(of_means(_correlation, columns, [run], OVER_SAMPLES))
    return effects


def _correlation(means: Values) -> Values:
    """Correlate x and y by the means of x, y, xy, xx and yy in the last axis."""
    x, y, xy, xx, yy = np.moveaxis(means, -1, 0)
    correlation: Values = (xy - x * y) / np.sqrt((xx - x**2) * (yy - y**2))
    return correlation
