"""The rule by which measurements decide claims, and what is written of it."""

from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, t

from made_up_results import bent, made_up_results, of_replicates
from registered import CLAIMS
from vae_report.claims import Claim, Effect, decide
from vae_report.claims.claim import Decision, after_holm
from vae_report.claims.comparing import difference, mean, pairs, values
from vae_report.errors import ReportError
from vae_report.results import NotMeasured
from vae_report.results.uncertainty import Estimate, resampled_weights


def claim(direction="above", threshold=0.0, reason="It is the middle."):
    return Claim(
        id="made-up",
        statement="It is so.",
        measure="How much.",
        direction=direction,
        threshold=threshold,
        reason=reason,
        figure="vae_samples",
    )


def effect(low, high):
    """What has this interval, because of images alone."""
    image_error = (high - low) / 2 / norm.ppf(0.975)
    return Effect(Estimate((low + high) / 2, 0.0, image_error, 0.1, 5), ("a run",), "test images")


def of_seeds(values):
    return Effect(Estimate.of(list(values)), ("a run",))


EFFECTS = st.lists(
    st.tuples(st.floats(-2, 2), st.floats(0, 1)).map(lambda ends: effect(ends[0], sum(ends))),
    min_size=1,
    max_size=5,
)


@given(EFFECTS, st.sampled_from(["above", "below"]))
def test_all_comparisons_must_support_a_claim_and_one_can_contradict_it(effects, direction):
    made_up = claim(direction)
    found = made_up.weigh(effects)
    alone = [made_up.weigh([each])["verdict"] for each in effects]
    assert (found["verdict"] == "supported") == (set(alone) == {"supported"})
    assert [each.holds for each in found["comparisons"]] == [one == "supported" for one in alone]
    # One of many must lie beyond by as much as their number asks for.
    quantile = norm.ppf(1 - 0.025 / len(effects))
    turn = 1 if direction == "above" else -1
    most = [turn * each.estimate.value + quantile * each.estimate.image_error for each in effects]
    assert (found["verdict"] == "contradicted") == (min(most) < 0)
    low, high = found["interval"]
    assert low <= found["effect"] <= high
    assert (high if turn > 0 else -low) == pytest.approx(min(most), abs=1e-9)


@given(EFFECTS, st.sampled_from(["above", "below"]))
def test_the_p_value_agrees_with_the_verdict(effects, direction):
    found = claim(direction).weigh(effects)
    if abs(found["p_value"] - 0.05) > 1e-6:
        assert (found["p_value"] < 0.05) == (found["verdict"] != "inconclusive")


@given(EFFECTS, st.sampled_from(["above", "below"]))
def test_the_least_favourable_comparison_is_told(effects, direction):
    found = claim(direction).weigh(effects)
    told = [each.effect for each in found["comparisons"]]
    assert told == [each.estimate.value for each in effects]
    worst = min(told) if direction == "above" else max(told)
    assert told[found["least"]] == found["effect"] == worst
    distance = worst if direction == "above" else -worst
    assert found["margin"] == pytest.approx(distance / 0.1)


def test_the_margin_counts_deviations_between_seeds_from_the_threshold():
    found = claim("below", threshold=1.0).weigh([of_seeds([0.7, 0.8, 0.9])])
    assert found["margin"] == pytest.approx(2.0)
    assert claim("above", threshold=1.0).weigh([of_seeds([0.7, 0.8, 0.9])])["margin"] == (
        pytest.approx(-2.0)
    )
    # In floating point, the mean of three such values differs from each.
    alike = [0.1 + 0.2, 0.3, 0.3]
    assert claim("above").weigh([of_seeds(alike)])["margin"] is None


@pytest.mark.parametrize("seeds", [3, 5])
@pytest.mark.parametrize(
    "others", [0.0, 20.0], ids=["all at the threshold", "one at the threshold"]
)
def test_of_twelve_comparisons_few_err_by_chance(seeds, others):
    random = np.random.default_rng(3)
    truth = np.where(np.arange(12) == 0, 0.0, others)
    simulated = truth[:, None] + random.normal(size=(800, 12, seeds))
    found = [claim().weigh([of_seeds(each) for each in effects]) for effects in simulated]
    verdicts = [each["verdict"] for each in found]
    assert verdicts.count("contradicted") <= 0.05 * len(found)
    assert verdicts.count("supported") <= 0.05 * len(found)
    if not others:
        uncorrected = [any(each.interval[1] < 0 for each in one["comparisons"]) for one in found]
        assert np.mean(uncorrected) > 0.2


def test_many_comparisons_do_not_hide_what_is_plain():
    plain = [of_seeds([-5.1, -5.0, -4.9]), *[of_seeds([4.9, 5.0, 5.1])] * 11]
    found = claim().weigh(plain)
    assert found["verdict"] == "contradicted"
    reach = t.ppf(1 - 0.025 / 12, 2) * 0.1 / np.sqrt(3)
    assert found["interval"][1] == pytest.approx(-5 + reach)
    assert sum(each.holds for each in found["comparisons"]) == 11


def decided(p_values):
    made = claim().model_dump()
    return [
        Decision(
            **made | {"id": f"claim-{number}"},
            verdict="supported",
            verdict_after_holm="supported",
            p_value=p_value,
        )
        for number, p_value in enumerate(p_values)
    ]


@given(st.lists(st.one_of(st.none(), st.floats(1e-6, 0.2)), max_size=12))
def test_verdicts_stand_after_holms_correction_over_all_claims(p_values):
    found = [each.verdict_after_holm for each in after_holm(decided(p_values))]
    # By adjusted p-values: the largest, so far, of each times the number that are no smaller.
    measured = sorted(p_value for p_value in p_values if p_value is not None)
    adjusted = {}
    largest = 0.0
    for place, p_value in enumerate(measured):
        largest = max(largest, (len(measured) - place) * p_value)
        adjusted.setdefault(p_value, largest)
    for p_value, verdict in zip(p_values, found, strict=True):
        stands = p_value is None or adjusted[p_value] <= 0.05
        if p_value is None or abs(adjusted[p_value] - 0.05) > 1e-9:
            assert verdict == ("supported" if stands else "inconclusive")


def test_holm_takes_no_verdict_that_one_claim_alone_would_keep():
    assert after_holm(decided([0.049]))[0].verdict_after_holm == "supported"
    found = after_holm(decided([0.04, 0.04, 1e-5, None]))
    assert [each.verdict_after_holm for each in found] == [
        *("inconclusive", "inconclusive", "supported", "supported")
    ]
    assert {each.verdict for each in found} == {"supported"}


@pytest.mark.parametrize(
    ("interval", "above", "below"),
    [
        ((0.1, 0.3), "supported", "contradicted"),
        ((-0.3, -0.1), "contradicted", "supported"),
        ((-0.1, 0.3), "inconclusive", "inconclusive"),
        ((-1e-9, 0.3), "inconclusive", "inconclusive"),
        ((-0.3, 1e-9), "inconclusive", "inconclusive"),
    ],
)
def test_the_whole_interval_must_lie_on_one_side(interval, above, below):
    assert claim("above").weigh([effect(*interval)])["verdict"] == above
    assert claim("below").weigh([effect(*interval)])["verdict"] == below


@pytest.mark.parametrize("reason", ["", " \n"])
def test_a_threshold_without_a_reason_is_refused(reason):
    with pytest.raises(ReportError, match=r"^claim 'made-up': its threshold of 0 has no reason; "):
        claim(reason=reason)


@pytest.mark.parametrize("limits", [(-inf, inf), (-1, 1)])
@pytest.mark.parametrize("broken", [(nan, 0, 1), (0, inf, 1), (0, 0, inf), (0, nan, 1)])
def test_neither_effect_nor_interval_may_be_infinite(broken, limits):
    estimate = Estimate(*broken, deviation=0.0, seeds=3, limits=limits)
    with pytest.raises(ReportError, match=r"^claim 'made-up': its effect .* is not finite; "):
        claim().weigh([effect(0, 1), Effect(estimate, ("a run",))])


def test_a_measurement_that_is_not_finite_is_named_with_its_claim_and_runs():
    broken = bent(made_up_results(), "arrays.test_mse", lambda old: old + nan, latent=64)
    with pytest.raises(ReportError, match=r"^claim 'ae-errs-less': its effect") as caught:
        decide(broken)
    assert "latent-vae-64" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("profile", ["full", "quick"])
def test_all_claims_are_written_with_all_that_decides_them(profile):
    results = made_up_results(profile=profile)
    written = [each.model_dump(mode="json") for each in decide(results)]
    assert [each["id"] for each in written] == list(CLAIMS)
    for each in written:
        assert set(each) == {
            "id",
            "statement",
            "verdict",
            "effect",
            "interval",
            "threshold",
            "reason",
            "verdict_after_holm",
            "margin",
            "p_value",
            "comparisons",
            "least",
            "over",
            "figure",
            "measure",
            "unit",
            "direction",
            "missing",
        }
        measured = each["verdict"] != "not measured in this profile"
        assert measured == (profile == "full")
        assert bool(each["comparisons"]) == measured
        assert (each["effect"] is None) != measured
        assert each["interval"] is None or len(each["interval"]) == 2
        assert bool(each["missing"]) != measured
    assert [each.model_dump(mode="json") for each in decide(results)] == written


def test_differences_are_paired_on_images():
    runs = made_up_results().runs
    vae, ae = runs["vae-16"], runs["ae-16"]
    found = difference(vae, ae, "test_mse").estimate
    apart = [
        values(one, "test_mse") - values(other, "test_mse")
        for one, other in zip(vae.replicates, ae.replicates, strict=True)
    ]
    weights = resampled_weights(300)
    expected = Estimate.of([each.mean() for each in apart], [weights @ each for each in apart])
    assert found.value == pytest.approx(np.mean(apart))
    assert found.interval() == pytest.approx(expected.interval())
    assert found.image_error < 0.5 * mean(vae, "test_mse").estimate.image_error


def test_differences_are_paired_on_seeds():
    results = made_up_results()
    for seed in range(5):
        results = bent(results, "arrays.test_mse", lambda old, seed=seed: old + seed, seed=seed)
    vae, ae = results.runs["vae-16"], results.runs["ae-16"]
    assert mean(vae, "test_mse").estimate.deviation == pytest.approx(np.std(range(5), ddof=1), 0.01)
    assert difference(vae, ae, "test_mse").estimate.deviation < 0.01


def test_runs_are_compared_on_the_seeds_that_they_share():
    runs = made_up_results().runs
    vae, ae = runs["vae-16"], runs["ae-16"]
    fewer = of_replicates(ae, ae.replicates[1:4])
    found = difference(vae, fewer, "test_mse").estimate
    assert found.seeds == 3
    same = difference(of_replicates(vae, vae.replicates[1:4]), fewer, "test_mse").estimate
    assert found == same
    once = of_replicates(ae, ae.replicates[4:])
    with pytest.raises(NotMeasured, match="this profile trains vae-16 and ae-16 with one seed"):
        difference(vae, once, "test_mse")


def test_pairs_differ_in_one_setting_alone():
    results = made_up_results()
    found = pairs(results, "model", "vae", "ae")
    sizes = (2, 4, 8, 16, 32, 64)
    assert [(vae.name, ae.name) for vae, ae in found] == [
        *(("vae-2", "ae-2"), ("vae-16", "ae-16")),
        *((f"latent-vae-{size}", f"latent-ae-{size}") for size in sizes),
    ]
    for vae, ae in found:
        assert vae.settings.model_copy(update={"model": "ae"}) == ae.settings
    with pytest.raises(NotMeasured, match=r"differ only in latent, 3 and 5, in this profile"):
        pairs(results, "latent", 3, 5)


def test_pairs_leave_out_runs_that_are_trained_once():
    results = made_up_results()
    twice = {
        name: of_replicates(run, [run.replicates[0], replace(run.replicates[0], seed=1)])
        for name, run in results.runs.items()
        if name.startswith("explorer-")
    }
    assert len(twice) == 4
    more = replace(results, runs={**results.runs, **twice})
    assert len(pairs(more, "model", "vae", "ae")) == len(pairs(results, "model", "vae", "ae")) + 2
    assert all(each.seeds >= 3 for one in decide(results) for each in one.comparisons)
