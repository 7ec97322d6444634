"""Claims that compare the autoencoder with the VAE."""

import numpy as np

from vae_report.claims.claim import Claim, Effect
from vae_report.claims.comparing import (
    Finding,
    Values,
    difference,
    frechet_ratio,
    of_means,
    over_seeds,
    pairs,
    ratio,
    recognised_beyond_noise,
    values,
)
from vae_report.results import Replicate, Results


@Claim(
    id="ae-sharper-at-equal-size",
    statement="At equal latent size the AE reconstructs more sharply than the VAE.",
    measure="Sharpness of the AE's reconstructions (energy of the Laplacian over that of the "
    "original, averaged over test images) over the VAE's; the latent size at which the AE "
    "is least ahead.",
    direction="above",
    threshold=1.1,
    reason="Less than a tenth more of the original's detail could hardly be seen side by side.",
    figure="sharpness_and_error",
).decided_by
def ae_sharper_at_equal_size(results: Results) -> list[Effect]:
    """Compare sharpness between runs that differ only in the KL term."""
    return [ratio(ae, vae, "test_sharpness") for ae, vae in pairs(results, "model", "ae", "vae")]


@Claim(
    id="latent-size-explains-most-of-the-gap",
    statement="Most of the gap in sharpness between a 32-D AE and a 2-D VAE is due to latent size, "
    "and not to the KL term.",
    measure="Share of the gap that goes with latent size; the rest goes with the KL term. Either "
    "can be changed first, which gives two shares: the effect is their mean.",
    direction="above",
    threshold=0.5,
    reason="Above one half latent size weighs more than the KL term.",
    figure="sharpness_and_error",
).decided_by
def latent_size_explains_most_of_the_gap(results: Results) -> list[Effect]:
    """Change latent size first and last, as Shapley (1953, doi:10.1515/9781400881970-018) does."""
    compared = [
        results.members("latent", model=model, latent=latent)[0]
        for model in ("vae", "ae")
        for latent in (2, 32)
    ]

    def share(means: Values) -> Values:
        flat_vae, deep_vae, flat_ae, deep_ae = np.moveaxis(means, -1, 0)
        first, last = deep_vae - flat_vae, deep_ae - flat_ae
        of_the_gap: Values = (first + last) / 2 / (deep_ae - flat_vae)
        return of_the_gap

    def find(*runs: Replicate) -> Finding:
        return of_means(share, [values(run, "test_sharpness") for run in runs])

    return [over_seeds(compared, find)]


_RECOGNISED = (
    "Share of decoded draws to which the classifier gives a class with a probability of at least "
    "0.9, less the share of pixel noise to which it does."
)
_MEANINGLESS = "If one in four showed something recognisable, the images would not be meaningless."


@Claim(
    id="ae-random-latents-are-meaningless-2d",
    statement="Decoding N(0, I) through the 2-D AE gives meaningless images.",
    measure=_RECOGNISED,
    direction="below",
    threshold=0.25,
    reason=_MEANINGLESS,
    figure="ae_random_latents",
).decided_by
def ae_random_latents_are_meaningless_2d(results: Results) -> list[Effect]:
    """Measure the share of samples that the judge recognises."""
    runs = results.main_runs(model="ae", latent=2)
    return [recognised_beyond_noise(results, run) for run in runs]


@Claim(
    id="ae-random-latents-are-meaningless-16d",
    statement="Decoding N(0, I) through the 16-D AE gives meaningless images.",
    measure=_RECOGNISED,
    direction="below",
    threshold=0.25,
    reason=_MEANINGLESS,
    figure="ae_random_latents",
).decided_by
def ae_random_latents_are_meaningless_16d(results: Results) -> list[Effect]:
    """Measure the share of samples that the judge recognises."""
    runs = results.main_runs(model="ae", latent=16)
    return [recognised_beyond_noise(results, run) for run in runs]


@Claim(
    id="vae-interpolates-better",
    statement="The VAE's latent space interpolates better than the AE's.",
    measure="Share of points on straight lines between encoded test images that decode to an image "
    "among real ones, in the feature space of the classifier: the VAE's less the AE's, on the same "
    "lines; the latent size at which the VAE is least ahead.",
    direction="above",
    threshold=0.05,
    reason="A smaller gain than one point in twenty would show on few lines.",
    figure="interpolation",
).decided_by
def vae_interpolates_better(results: Results) -> list[Effect]:
    """Compare the same lines between runs that differ only in the KL term."""
    return [
        difference(vae, ae, "path_realism", "lines")
        for vae, ae in pairs(results, "model", "vae", "ae")
    ]


_PASSABLE = (
    "Fréchet distance of images decoded from the mixture, over that of images decoded from N(0, I) "
    "by the same AE, and over that of the samples of the VAE of equal latent size; the larger of "
    "the two."
)
_AS_GOOD_AS_THE_VAE = (
    "Passable is what comes as close to real images as the samples of the report's own generator, "
    "the VAE."
)


@Claim(
    id="mixture-turns-ae-into-generator-2d",
    statement="A Gaussian mixture fitted to the latent vectors of the 2-D AE turns it into a "
    "passable generator.",
    measure=_PASSABLE,
    direction="below",
    threshold=1.0,
    reason=_AS_GOOD_AS_THE_VAE,
    figure="samples_and_reconstruction",
).decided_by
def mixture_turns_ae_into_generator_2d(results: Results) -> list[Effect]:
    """Compare the mixture's images with the AE's own and with the VAE's."""
    return _mixture_beside_others(results, latent=2)


@Claim(
    id="mixture-turns-ae-into-generator-16d",
    statement="A Gaussian mixture fitted to the latent vectors of the 16-D AE turns it into a "
    "passable generator.",
    measure=_PASSABLE,
    direction="below",
    threshold=1.0,
    reason=_AS_GOOD_AS_THE_VAE,
    figure="generators",
).decided_by
def mixture_turns_ae_into_generator_16d(results: Results) -> list[Effect]:
    """Compare the mixture's images with the AE's own and with the VAE's."""
    return _mixture_beside_others(results, latent=16)


def _mixture_beside_others(results: Results, latent: int) -> list[Effect]:
    ae, vae = (results.main_runs(model=model, latent=latent)[0] for model in ("ae", "vae"))
    return [frechet_ratio(ae, other, mixture=True) for other in (ae, vae)]
