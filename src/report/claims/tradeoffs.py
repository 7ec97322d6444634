"""Claims about the KL term, the latent size, and the trade-offs between qualities."""

import math

import numpy as np

from vae_report.claims.claim import Claim, Effect
from vae_report.claims.comparing import (
    Finding,
    Values,
    difference,
    frechet_ratio,
    mean,
    of_means,
    over_seeds,
    pairs,
    ratio,
    values,
)
from vae_report.results import NotMeasured, Replicate, Results, RunResult

_ACTIVE = 0.01


@Claim(
    id="strong-kl-collapses-posterior",
    statement="Too strong a KL term collapses the posterior.",
    measure="Share of latent dimensions that are active, their posterior mean varying by more than "
    "0.01 over test images (Burda et al. 2015), at the largest β.",
    direction="below",
    threshold=0.25,
    reason="With three dimensions in four switched off, the posterior is the prior nearly "
    "everywhere.",
    figure="rate_distortion",
).decided_by
def strong_kl_collapses_posterior(results: Results) -> list[Effect]:
    """Count active units."""
    run = _strongest(results)
    latent = run.settings.latent

    def active(means: Values) -> Values:
        variances = means[..., latent:] - means[..., :latent] ** 2
        share: Values = np.mean(variances > _ACTIVE, axis=-1)
        return share

    def find(each: Replicate) -> Finding:
        codes = values(each, "test_means")
        return of_means(active, [*codes.T, *(codes**2).T])

    return [over_seeds([run], find, resolution=1 / latent, limits=(0, 1))]


@Claim(
    id="strong-kl-empties-reconstructions",
    statement="Under too strong a KL term reconstructions become meaningless.",
    measure="Share of test images whose reconstruction the classifier gives the label that it "
    "gives the original, at the largest β.",
    direction="below",
    threshold=0.25,
    reason="Chance keeps one label in ten; what keeps fewer than one in four says little of the "
    "original.",
    figure="rate_distortion",
).decided_by
def strong_kl_empties_reconstructions(results: Results) -> list[Effect]:
    """Measure the share of reconstructions to which the judge gives the original's label."""
    return [mean(_strongest(results), "label_kept")]


@Claim(
    id="kl-warmup-delays-collapse",
    statement="KL warm-up prevents or delays the collapse of the posterior.",
    measure="KL divergence of the posterior from the prior after training with warm-up, less that "
    "without, at the largest β that both were trained with. During warm-up it is larger by "
    "construction, so only the finished model counts.",
    unit="nats",
    direction="above",
    threshold=math.log(2),
    reason="One bit an image: the least that lets a code tell two kinds of images apart.",
    figure="kl_by_dimension",
).decided_by
def kl_warmup_delays_collapse(results: Results) -> list[Effect]:
    """Compare the rates of runs trained with warm-up and without."""
    settings = [run.settings for run in results.members("kl-warmup")]
    beta, longest = max(each.beta for each in settings), max(each.kl_warmup for each in settings)
    both = pairs(results, "kl_warmup", longest, 0.0, beta=beta)
    return [difference(warmed, plain, "test_kl") for warmed, plain in both]


@Claim(
    id="weak-kl-reconstructs-better",
    statement="Too weak a KL term lets the VAE fit reconstructions better.",
    measure="Mean squared error of reconstructions at the smallest β above 0, over that at β = 1.",
    direction="below",
    threshold=0.9,
    reason="Less than a tenth off the error would not be worth giving anything up for.",
    figure="rate_distortion",
).decided_by
def weak_kl_reconstructs_better(results: Results) -> list[Effect]:
    """Compare reconstructions."""
    return [ratio(weak, usual, "test_mse") for weak, usual in _weak_and_usual(results)]


@Claim(
    id="weak-kl-samples-worse",
    statement="Too weak a KL term makes the VAE's samples worse.",
    measure="Fréchet distance of samples from real images at the smallest β above 0, over that at "
    "β = 1.",
    direction="above",
    threshold=1.1,
    reason="A tenth, as for the reconstructions that are to be had for it.",
    figure="samples_and_reconstruction",
).decided_by
def weak_kl_samples_worse(results: Results) -> list[Effect]:
    """Compare samples."""
    return [frechet_ratio(weak, usual) for weak, usual in _weak_and_usual(results)]


@Claim(
    id="two-dimensions-limit-reconstruction",
    statement="Two latent dimensions limit reconstruction: more of them improve it.",
    measure="Mean squared error of reconstructions with 16 latent dimensions over that with 2, of "
    "VAE and AE; the model that gains least.",
    direction="below",
    threshold=0.8,
    reason="A limit that costs less than a fifth of the error would not deserve the name.",
    figure="loss_by_latent_size",
).decided_by
def two_dimensions_limit_reconstruction(results: Results) -> list[Effect]:
    """Compare reconstructions from 16 dimensions with those from 2."""
    return [ratio(deep, flat, "test_mse") for deep, flat in pairs(results, "latent", 16, 2)]


@Claim(
    id="dimensions-stop-helping-the-vae",
    statement="Beyond some size, more latent dimensions stop helping the VAE to reconstruct.",
    measure="Share of the whole fall of the VAE's mean squared error, from the smallest latent "
    "size to the largest, that the last step in size brings.",
    direction="below",
    threshold=0.05,
    reason="Were all steps alike, the last would bring its even part, a fifth for five steps; a "
    "twentieth is standstill.",
    figure="loss_by_latent_size",
).decided_by
def dimensions_stop_helping_the_vae(results: Results) -> list[Effect]:
    """Compare the last step in latent size with all of them."""
    runs = sorted(results.members("latent", model="vae"), key=lambda run: run.settings.latent)
    if len(runs) < 3:
        raise NotMeasured('the sweep "latent" has fewer than three VAEs in this profile')
    compared = [runs[0], runs[-2], runs[-1]]

    def last_share(means: Values) -> Values:
        smallest, second, largest = np.moveaxis(means, -1, 0)
        share: Values = (second - largest) / (smallest - largest)
        return share

    def find(*runs: Replicate) -> Finding:
        return of_means(last_share, [values(run, "test_mse") for run in runs])

    return [over_seeds(compared, find)]


@Claim(
    id="rate-trades-for-distortion",
    statement="Fidelity and structure trade off: over β, the closer the posterior keeps to the "
    "prior, the worse the reconstruction.",
    measure="Rank correlation (Spearman) between rate (KL) and distortion (BCE) of the runs that "
    "differ in β alone.",
    direction="below",
    threshold=-0.8,
    reason="In a strict trade-off one order is the reverse of the other, and the correlation "
    "is minus one; minus 0.8 forgives neighbours that swap places.",
    figure="rate_distortion",
).decided_by
def rate_trades_for_distortion(results: Results) -> list[Effect]:
    """Order the runs by rate and by distortion."""
    runs = results.members("beta")
    if len(runs) < 3:
        raise NotMeasured('the sweep "beta" has fewer than three runs in this profile')

    def correlation(means: Values) -> Values:
        ranks = np.stack(np.split(means, 2, axis=-1)).argsort(axis=-1).argsort(axis=-1)
        rate, distortion = ranks - (len(runs) - 1) / 2
        rho: Values = np.sum(rate * distortion, axis=-1) / np.sum(rate**2, axis=-1)
        return rho

    def find(*replicates: Replicate) -> Finding:
        columns = [values(each, array) for array in ("test_kl", "test_bce") for each in replicates]
        return of_means(correlation, columns)

    # The change of the correlation if two neighbours swap places.
    swap = 12 / (len(runs) * (len(runs) ** 2 - 1))
    return [over_seeds(runs, find, resolution=swap, limits=(-1, 1))]


@Claim(
    id="good-reconstructions-do-not-guarantee-good-samples",
    statement="Good reconstructions do not guarantee good samples.",
    measure="Among the VAEs and AEs of all latent sizes that were trained alike: Fréchet distance "
    "of the samples of the one that reconstructs best, in mean squared error, over the smallest "
    "distance of any of them.",
    direction="above",
    threshold=2.0,
    reason="One clear counterexample refutes a guarantee; twice as far from real images is clear.",
    figure="samples_and_reconstruction",
).decided_by
def good_reconstructions_do_not_guarantee_good_samples(results: Results) -> list[Effect]:
    """Compare the samples of the model that reconstructs best."""
    runs = [run for run in results.members("latent") if not run.metrics.diverged]
    if not runs:
        raise NotMeasured('every run of the sweep "latent" diverged')
    faithful = min(runs, key=lambda run: run.metrics.test.mse if run.metrics.test else math.inf)
    generator = min(
        runs, key=lambda run: run.metrics.samples.frechet if run.metrics.samples else math.inf
    )
    return [frechet_ratio(faithful, generator)]


def _strongest(results: Results) -> RunResult:
    """Return the run with the largest β."""
    return max(results.members("beta"), key=lambda run: run.settings.beta)


def _weak_and_usual(results: Results) -> list[tuple[RunResult, RunResult]]:
    """Pair the smallest β above 0 with β = 1."""
    betas = [run.settings.beta for run in results.members("beta")]
    return pairs(results, "beta", min(beta for beta in betas if beta > 0), 1.0)
