"""Each claim on measurements that must give each of its verdicts."""

import re
from dataclasses import replace

import numpy as np
import pytest

from made_up_results import (
    CLASSES,
    GENERATED,
    LINES,
    TEST_IMAGES,
    bent,
    diverged,
    made_up_results,
    without,
)
from registered import CLAIMS
from vae_report.claims import decide

TOPS = ("T-shirt/top", "Pullover", "Coat", "Shirt")
SHAPES = ((*TOPS, "Dress"), ("Sandal", "Sneaker", "Ankle boot"))


def about(mean, swing=0.0, count=TEST_IMAGES):
    """Values of a known mean, that swing to both sides of it within each class."""
    return mean + swing * (-1.0) ** (np.arange(count) // len(CLASSES))


def ones(share, count=TEST_IMAGES):
    return (np.arange(count) < share * count).astype(np.uint8)


def arrays(name, change, **where):
    return lambda results: bent(results, f"arrays.{name}", change, **where)


def recognised(share, **where):
    return arrays("sample_recognised", ones(share, GENERATED), **where)


def frechet(part, value, **where):
    """Change how far samples are from real images; how far resamples vary is left as it is."""
    return lambda results: bent(results, f"metrics.{part}.frechet", value, **where)


def after(*bends):
    def bend(results):
        for each in bends:
            results = each(results)
        return results

    return bend


def losses(split, change, **where):
    return after(
        *(
            lambda results, column=column: bent(
                results, f"history.{split}_{column}", change, **where
            )
            for column in ("bce", "negative_elbo")
        )
    )


def steady(losses):
    return np.linspace(300, 200, len(losses))


def later_worse(losses):
    return losses + np.linspace(0, 20, len(losses))


def climbing(losses):
    return losses + 100 * (np.arange(len(losses)) == 2)


def calm_at_the_highest_rate(results):
    """Let a run that did not diverge have had a higher learning rate than the one that did."""
    *_, second, _ = sorted(run.settings.learning_rate for run in results.members("learning-rate"))
    return bent(results, "settings.learning_rate", 1e3, learning_rate=second)


def confusion(groups, within, beyond):
    """Let each class of a group be taken for others of it, and every class for those beyond."""
    names = np.array(CLASSES)
    matrix = np.zeros((len(names), len(names)))
    for row, name in zip(matrix, names, strict=True):
        alike = np.isin(names, next((group for group in groups if name in group), (name,)))
        row[~alike] = beyond / np.sum(~alike)
        alike &= names != name
        if alike.any():
            row[alike] = within / alike.sum()
        row[names == name] = 1 - row.sum()
    return matrix


def ssim(advantage):
    labels = np.arange(TEST_IMAGES) % len(CLASSES)
    distinct = np.isin(np.array(CLASSES)[labels], ("Trouser", "Bag", "Ankle boot"))
    return about(0.6, 0.05) + advantage * distinct


def density(weight):
    """Let density follow entropy to some extent."""
    noise = np.random.default_rng(1).normal(size=GENERATED)
    entropy = np.random.default_rng(2).normal(size=GENERATED)
    return after(
        arrays("sample_entropy", entropy, model="vae"),
        arrays("sample_density", noise + weight * entropy, model="vae"),
    )


def codes(*deviations):
    """Codes with the deviations of their dimensions, and of no other."""
    spread = np.zeros((TEST_IMAGES, 16))
    spread[:, : len(deviations)] = np.random.default_rng(1).normal(
        size=(TEST_IMAGES, len(deviations))
    )
    return (
        spread / np.maximum(spread.std(axis=0), 1e-9) * [*deviations, *[0] * (16 - len(deviations))]
    )


def distortions(step, noise):
    """Let distortion change with β by a step a run, and differ between images."""

    def bend(results):
        random = np.random.default_rng(1)
        for place, run in enumerate(results.members("beta")):
            found = 200 + step * place + noise * random.normal(size=TEST_IMAGES)
            results = bent(results, "arrays.test_bce", found, **DEEP, beta=run.settings.beta)
        return results

    return bend


def sharpness(flat_vae, deep_vae, flat_ae, deep_ae):
    found = {("vae", 2): flat_vae, ("vae", 32): deep_vae, ("ae", 2): flat_ae, ("ae", 32): deep_ae}
    return after(
        *(
            arrays("test_sharpness", about(value, 0.01), model=model, latent=latent)
            for (model, latent), value in found.items()
        )
    )


VAE, AE = {"model": "vae"}, {"model": "ae"}
FLAT, DEEP = {"model": "vae", "latent": 2}, {"model": "vae", "latent": 16}

# What must become of the measurements, under which all claims hold, for each of the other verdicts.
CONTRADICTED_AND_INCONCLUSIVE = {
    "training-levels-off": (losses("train", steady), losses("train", steady, seed=1)),
    "validation-follows-training": (
        losses("validation", later_worse),
        losses("validation", later_worse, seed=1),
    ),
    "high-learning-rate-destabilises": (
        calm_at_the_highest_rate,
        after(
            calm_at_the_highest_rate,
            losses("validation", climbing, learning_rate=1e3, seed=1),
        ),
    ),
    "reconstructions-keep-category-2d": (
        arrays("label_kept", ones(0.5), **FLAT),
        arrays("label_kept", ones(0.8), **FLAT),
    ),
    "reconstructions-keep-category-16d": (
        arrays("label_kept", ones(0.5), **DEEP),
        arrays("label_kept", ones(0.8), **DEEP),
    ),
    "reconstructions-lose-detail": (
        arrays("test_sharpness", about(0.8, 0.3), **VAE),
        arrays("test_sharpness", about(0.5, 0.3), **VAE),
    ),
    "silhouettes-reconstruct-better": (
        arrays("test_ssim", ssim(0.0), **VAE),
        arrays("test_ssim", ssim(0.05), **VAE),
    ),
    "classes-gather": (
        arrays("knn_correct", ones(0.3), **VAE),
        arrays("knn_correct", ones(0.5), **VAE),
    ),
    "tops-overlap": (
        arrays("knn_confusion", confusion([TOPS], 0, 0.1), **VAE),
        arrays("knn_confusion", confusion([TOPS], 0.2, 0.1), **VAE),
    ),
    "latent-space-sorts-by-shape": (
        arrays("knn_confusion", confusion(SHAPES, 0.1, 0.2), **VAE),
        arrays("knn_confusion", confusion(SHAPES, 0.3, 0.08), **VAE),
    ),
    "samples-are-recognisable": (
        recognised(0.3, **VAE),
        recognised(0.52, **VAE),
    ),
    "samples-are-smooth": (
        arrays("sample_sharpness", about(0.9, count=GENERATED), **VAE),
        arrays("sample_sharpness", about(0.5, 0.2, count=GENERATED), **VAE),
    ),
    "ambiguous-samples-lie-in-sparse-regions": (density(0.0), density(-0.33)),
    "strong-kl-collapses-posterior": (
        arrays("test_means", codes(*[1.0] * 16), beta=16),
        arrays("test_means", codes(1.0, 1.0, 1.0, 0.1, 0.1, 0.1), beta=16),
    ),
    "strong-kl-empties-reconstructions": (
        arrays("label_kept", ones(0.6), beta=16),
        arrays("label_kept", ones(0.25), beta=16),
    ),
    "kl-warmup-delays-collapse": (
        arrays("test_kl", about(1.0), beta=16),
        after(
            arrays("test_kl", about(1.0), beta=16),
            arrays("test_kl", about(1 + np.log(2), 1.0), beta=16, kl_warmup=0.5),
        ),
    ),
    "weak-kl-reconstructs-better": (
        arrays("test_mse", about(1.0), beta=0.1),
        after(
            arrays("test_mse", about(1.0), **DEEP, beta=1),
            arrays("test_mse", about(0.9, 0.5), beta=0.1),
        ),
    ),
    "weak-kl-samples-worse": (
        frechet("samples", 20.0, beta=0.1),
        after(
            frechet("samples", 20.0, beta=1),
            frechet("samples", 22.0, beta=0.1),
        ),
    ),
    "two-dimensions-limit-reconstruction": (
        arrays("test_mse", about(1.0), latent=lambda size: size in (2, 16)),
        after(
            arrays("test_mse", about(1.0), latent=2),
            arrays("test_mse", about(0.8, 0.5), latent=16),
        ),
    ),
    "dimensions-stop-helping-the-vae": (
        arrays("test_mse", about(0.001), model="vae", latent=64),
        after(
            arrays("test_mse", about(2.0), **FLAT),
            arrays("test_mse", about(1.05, 0.3), model="vae", latent=32),
            arrays("test_mse", about(1.0), model="vae", latent=64),
        ),
    ),
    "rate-trades-for-distortion": (distortions(-1, 1), distortions(0.1, 3)),
    "good-reconstructions-do-not-guarantee-good-samples": (
        frechet("samples", 10.0, **AE),
        frechet("samples", 55.0, **AE),
    ),
    "ae-sharper-at-equal-size": (
        arrays("test_sharpness", about(0.1), **AE),
        after(
            arrays("test_sharpness", about(0.5), **VAE),
            arrays("test_sharpness", about(0.55, 0.3), **AE),
        ),
    ),
    "latent-size-explains-most-of-the-gap": (
        sharpness(0.2, 0.2, 0.6, 0.6),
        sharpness(0.2, 0.2, 0.2, 0.6),
    ),
    "ae-random-latents-are-meaningless-2d": (
        recognised(0.6, **AE, latent=2),
        recognised(0.27, **AE, latent=2),
    ),
    "ae-random-latents-are-meaningless-16d": (
        recognised(0.6, **AE, latent=16),
        recognised(0.27, **AE, latent=16),
    ),
    "vae-interpolates-better": (
        arrays("path_realism", about(0.5, count=LINES), **VAE),
        after(
            arrays("path_realism", about(0.5, count=LINES), **AE),
            arrays("path_realism", about(0.55, 0.2, count=LINES), **VAE),
        ),
    ),
    "mixture-turns-ae-into-generator-2d": (
        frechet("mixture_samples", 60.0, **AE, latent=2),
        frechet("mixture_samples", 27.5, **AE, latent=2),
    ),
    "mixture-turns-ae-into-generator-16d": (
        frechet("mixture_samples", 60.0, **AE, latent=16),
        frechet("mixture_samples", 27.5, **AE, latent=16),
    ),
}


def test_every_claim_is_put_to_the_test():
    assert set(CONTRADICTED_AND_INCONCLUSIVE) == set(CLAIMS)


@pytest.mark.parametrize("identifier", CLAIMS)
@pytest.mark.parametrize(
    ("verdict", "bend"), [("supported", None), ("contradicted", 0), ("inconclusive", 1)]
)
def test_each_verdict_comes_of_measurements(identifier, verdict, bend):
    results = made_up_results()
    if bend is not None:
        results = CONTRADICTED_AND_INCONCLUSIVE[identifier][bend](results)
    found = CLAIMS[identifier].decide(results)
    assert found.verdict == verdict
    low, high = found.interval
    assert low <= found.effect <= high
    assert found.missing is None
    assert 0 < found.p_value <= 1
    assert (found.p_value < 0.05) == (verdict != "inconclusive")
    for each in found.comparisons:
        assert set(each.runs) <= set(results.runs)
        assert each.seeds >= 3
    assert found.comparisons[found.least].effect == found.effect
    assert all(each.holds for each in found.comparisons) == (verdict == "supported")


@pytest.mark.parametrize("identifier", CLAIMS)
def test_no_claim_has_a_verdict_without_its_runs(identifier):
    found = CLAIMS[identifier].decide(without(made_up_results(), runs=lambda settings: True))
    assert found.verdict == "not measured in this profile"
    assert found.effect is found.interval is found.margin is found.p_value is found.least is None
    assert found.comparisons == ()
    assert found.missing.endswith(("in this report", "in this profile"))


def test_a_second_headline_run_of_one_size_leaves_the_mixture_of_the_first():
    results = made_up_results()
    more = replace(results, headline=(*results.headline, "latent-ae-2"))
    identifier = "mixture-turns-ae-into-generator-2d"
    assert CLAIMS[identifier].decide(more) == CLAIMS[identifier].decide(results)


@pytest.mark.parametrize(
    ("sweep", "claims"),
    [
        (
            "beta",
            {
                "strong-kl-collapses-posterior",
                "strong-kl-empties-reconstructions",
                "weak-kl-reconstructs-better",
                "weak-kl-samples-worse",
                "rate-trades-for-distortion",
            },
        ),
        ("kl-warmup", {"kl-warmup-delays-collapse"}),
        ("learning-rate", {"high-learning-rate-destabilises"}),
        (
            "latent",
            {
                "dimensions-stop-helping-the-vae",
                "good-reconstructions-do-not-guarantee-good-samples",
                "latent-size-explains-most-of-the-gap",
            },
        ),
    ],
)
def test_a_claim_says_which_sweep_it_lacks(sweep, claims):
    decided = decide(without(made_up_results(), sweeps=[sweep]))
    missing = {each.id: each.missing for each in decided if each.missing}
    assert set(missing) == claims
    assert all(f'the sweep "{sweep}" has no run' in why for why in missing.values())


def test_seeds_that_disagree_decide_nothing():
    identifier = "reconstructions-keep-category-16d"
    agreed = CLAIMS[identifier].decide(made_up_results())
    results = bent(made_up_results(), "arrays.label_kept", ones(0.5), **DEEP, seed=2)
    found = CLAIMS[identifier].decide(results)
    assert (agreed.verdict, found.verdict) == ("supported", "inconclusive")
    assert found.effect == pytest.approx(0.82, abs=0.02), "the mean of five is above the threshold"
    assert np.ptp(found.interval) > 5 * np.ptp(agreed.interval)


def test_one_comparison_suffices_to_contradict():
    bend = arrays("test_ssim", ssim(0.0), **FLAT)
    found = CLAIMS["silhouettes-reconstruct-better"].decide(bend(made_up_results()))
    assert found.verdict == "contradicted"
    assert [each.runs for each in found.comparisons if each.holds] == [("vae-16",)] * 3
    assert found.comparisons[found.least].runs == ("vae-2",)


@pytest.mark.parametrize("identifier", CLAIMS)
def test_what_is_trained_once_is_not_measured(identifier):
    found = CLAIMS[identifier].decide(made_up_results(profile="quick"))
    assert found.verdict == found.verdict_after_holm == "not measured in this profile"
    assert re.search(r"one seed|several seeds|no run|fewer than three|shorter than", found.missing)


def test_what_is_trained_once_says_so():
    found = CLAIMS["reconstructions-keep-category-2d"].decide(made_up_results(profile="quick"))
    assert found.missing == (
        "this profile trains vae-2 with one seed, and an interval that covers training takes at "
        "least two"
    )


def test_recognition_counts_for_nothing_where_noise_is_recognised():
    results = bent(made_up_results(), "baseline_arrays.noise_recognised", ones(0.7, GENERATED))
    assert CLAIMS["samples-are-recognisable"].decide(results).verdict == "contradicted"


def test_other_classes_leave_claims_about_classes_open():
    other = made_up_results(classes=tuple("ABCDEFGHIJ"))
    missing = {each.id: each.missing for each in decide(other) if each.missing}
    assert set(missing) == {
        "silhouettes-reconstruct-better",
        "tops-overlap",
        "latent-space-sorts-by-shape",
    }
    assert 'the data set has no class "Pullover"' in missing["silhouettes-reconstruct-better"]


def test_what_diverged_is_measured_no_further():
    results = made_up_results()
    fallen = next(run for run in results.runs.values() if run.metrics.diverged)
    for what in ("arrays", "metrics"):
        lost = getattr(fallen.replicates[0], what)
        results = bent(results, what, lost, beta=16, kl_warmup=0.0, seed=1)
    found = CLAIMS["strong-kl-collapses-posterior"].decide(results)
    assert found.missing == 'the run "beta-16" with seed 1 diverged in this profile'


def test_what_diverges_in_its_second_epoch_has_not_levelled_off():
    results = made_up_results()
    run = results.runs["vae-16"]
    short = [replace(each, history=each.history.head(4)) for each in run.replicates]
    lost = diverged(replace(run, replicates=tuple(short)))
    assert {len(each.history) for each in lost.replicates} == {2}
    found = CLAIMS["training-levels-off"].decide(
        replace(results, runs={**results.runs, run.name: lost})
    )
    assert (found.verdict, found.effect) == ("contradicted", 1.0)
    assert found.comparisons[found.least].runs == ("vae-16",)
