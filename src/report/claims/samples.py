"""Claims about images decoded from draws of the prior."""

import numpy as np
import pandas as pd

from vae_report.claims.claim import Claim, Effect
from vae_report.claims.comparing import (
    Finding,
    Values,
    of_means,
    only,
    over_seeds,
    recognised_beyond_noise,
    values,
)
from vae_report.results import Replicate, Results


@Claim(
    id="samples-are-recognisable",
    statement="Many samples from the VAE's prior are recognisable as a class.",
    measure="Share of samples to which the classifier gives a class with a probability of at least "
    "0.9, less the share of pixel noise to which it does; the headline VAE with the least.",
    direction="above",
    threshold=0.5,
    reason="‘Many’ is at least half, beyond what the classifier believes to recognise in noise.",
    figure="vae_samples",
).decided_by
def samples_are_recognisable(results: Results) -> list[Effect]:
    """Measure the share of samples that the judge recognises."""
    return [recognised_beyond_noise(results, run) for run in results.main_runs(variational=True)]


@Claim(
    id="samples-are-smooth",
    statement="Samples from the VAE's prior are smoother than real images.",
    measure="Mean energy of the Laplacian of samples over that of real test images; the headline "
    "VAE with the sharpest.",
    direction="below",
    threshold=0.5,
    reason="As for reconstructions: with half the energy, the contrast of fine detail falls by "
    "three tenths, which a reader sees.",
    figure="vae_samples",
).decided_by
def samples_are_smooth(results: Results) -> list[Effect]:
    """Compare the sharpness of samples with that of real images."""

    def find(run: Replicate) -> Finding:
        sampled = of_means(only, [values(run, "sample_sharpness")], "samples")
        real = results.judges[run.seed].arrays["real_sharpness"].astype(np.float64)
        return sampled / of_means(only, [real])

    runs = results.main_runs(variational=True)
    return [over_seeds([run], find, "samples and test images") for run in runs]


@Claim(
    id="ambiguous-samples-lie-in-sparse-regions",
    statement="Ambiguous samples come from thinly populated regions of latent space.",
    measure="Rank correlation (Spearman) between the density of encoded images at a sample's "
    "latent vector and the entropy of the classifier's probabilities for the sample; the headline "
    "VAE in which it is weakest.",
    direction="below",
    threshold=-0.3,
    reason="By convention 0.3 is a medium correlation (Cohen 1988); a weaker one leaves more than "
    "nine tenths of the variation in ranks to other causes.",
    figure="samples_by_density",
).decided_by
def ambiguous_samples_lie_in_sparse_regions(results: Results) -> list[Effect]:
    """Correlate density and ambiguity, with the ranks of all samples kept in resamples."""

    def find(run: Replicate) -> Finding:
        density, entropy = (
            pd.Series(values(run, f"sample_{name}")).rank().to_numpy()
            for name in ("density", "entropy")
        )
        columns = [density, entropy, density * entropy, density**2, entropy**2]
        return of_means(_correlation, columns, "samples")

    return [over_seeds([run], find, "samples") for run in results.main_runs(variational=True)]


def _correlation(means: Values) -> Values:
    """Correlate x and y by the means of x, y, xy, xx and yy in the last axis."""
    x, y, xy, xx, yy = np.moveaxis(means, -1, 0)
    correlation: Values = (xy - x * y) / np.sqrt((xx - x**2) * (yy - y**2))
    return correlation
