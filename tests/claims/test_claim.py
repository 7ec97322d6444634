"""The rule by which measurements decide claims, and what is written of it."""

import json
import re
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from made_up_results import bent, made_up_results, without
from vae_report.claims import CLAIMS, Claim, Effect, decide, decision, write_claims
from vae_report.claims.comparing import difference, mean, pairs, repeated, values
from vae_report.errors import ReportError
from vae_report.figures import FIGURES
from vae_report.results import NotMeasured
from vae_report.uncertainty import mean_interval


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
    return Effect((low + high) / 2, (low, high), ("a run",), "a range")


EFFECTS = st.lists(
    st.tuples(st.floats(-2, 2), st.floats(0, 1)).map(lambda ends: effect(ends[0], sum(ends))),
    min_size=1,
    max_size=5,
)


@given(EFFECTS, st.sampled_from(["above", "below"]))
def test_all_comparisons_must_support_a_claim_and_one_can_contradict_it(effects, direction):
    made_up = claim(direction)
    verdicts = {made_up.weigh([each])["verdict"] for each in effects}
    found = made_up.weigh(effects)
    if "contradicted" in verdicts:
        assert found["verdict"] == "contradicted"
    else:
        assert found["verdict"] == ("supported" if verdicts == {"supported"} else "inconclusive")
    low, high = found["interval"]
    assert low <= found["effect"] <= high


@pytest.mark.parametrize(
    ("interval", "above", "below"),
    [
        ((0.1, 0.3), "supported", "contradicted"),
        ((-0.3, -0.1), "contradicted", "supported"),
        ((-0.1, 0.3), "inconclusive", "inconclusive"),
        ((0.0, 0.3), "inconclusive", "inconclusive"),
    ],
)
def test_the_whole_interval_must_lie_on_one_side(interval, above, below):
    assert claim("above").weigh([effect(*interval)])["verdict"] == above
    assert claim("below").weigh([effect(*interval)])["verdict"] == below


@pytest.mark.parametrize("reason", ["", " \n"])
def test_a_threshold_without_a_reason_is_refused(reason):
    with pytest.raises(ReportError, match=r"^claim 'made-up': its threshold of 0 has no reason; "):
        claim(reason=reason)


@pytest.mark.parametrize("broken", [(nan, 0, 1), (0, -inf, 1), (0, 0, inf)])
def test_neither_effect_nor_interval_may_be_infinite(broken):
    estimate, *interval = broken
    with pytest.raises(ReportError, match=r"^claim 'made-up': its effect .* is not finite; "):
        claim().weigh([effect(0, 1), Effect(estimate, tuple(interval), ("a run",), "a range")])


def test_a_measurement_that_is_not_finite_is_named_with_its_claim_and_runs():
    broken = bent(made_up_results(), "arrays.path_realism", lambda old: old + nan, latent=64)
    with pytest.raises(
        ReportError, match=r"^claim 'vae-interpolates-better': its effect"
    ) as caught:
        decide(broken)
    assert "latent-vae-64" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("profile", ["full", "quick"])
def test_all_claims_are_written_with_all_that_decides_them(profile, tmp_path):
    results = made_up_results(profile=profile)
    write_claims(results, tmp_path / "claims.json")
    written = json.loads((tmp_path / "claims.json").read_bytes())
    assert set(written) == {"claims"}
    assert [each["id"] for each in written["claims"]] == list(CLAIMS)
    for each in written["claims"]:
        assert set(each) == {
            "id",
            "statement",
            "verdict",
            "effect",
            "interval",
            "threshold",
            "reason",
            "runs",
            "figure",
            "measure",
            "unit",
            "direction",
            "uncertainty",
            "missing",
        }
        measured = each["verdict"] != "not measured in this profile"
        assert (each["effect"] is None) != measured
        assert each["interval"] is None or len(each["interval"]) == 2
        assert bool(each["missing"]) != measured
    write_claims(results, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "claims.json").read_bytes()


@pytest.mark.parametrize("identifier", CLAIMS)
def test_a_claim_reads_as_sentences_do_and_has_a_figure(identifier):
    made = CLAIMS[identifier][0]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", identifier)
    assert made.figure in FIGURES
    for text in (made.statement, made.measure, made.reason):
        assert text.endswith(".")
        assert text[0].isupper() or not text[0].isalpha()
        assert "  " not in text


def test_differences_are_paired_on_images():
    vae, ae = (repeated(made_up_results(), model=model, latent=16)[0] for model in ("vae", "ae"))
    found = difference(vae, ae, "test_mse")
    apart = values(vae, "test_mse") - values(ae, "test_mse")
    assert found.estimate == pytest.approx(apart.mean())
    assert found.interval == pytest.approx(mean_interval(apart))
    assert np.ptp(found.interval) < np.ptp(mean(vae, "test_mse").interval)


def test_pairs_differ_in_one_setting_alone():
    results = made_up_results()
    found = pairs(results, "model", "vae", "ae")
    assert [vae.settings.latent for vae, _ in found] == [2, 16, 2, 2, 16, 16, 4, 8, 32, 64, 2, 16]
    for vae, ae in found:
        assert vae.settings.model_copy(update={"model": "ae"}) == ae.settings
    with pytest.raises(NotMeasured, match=r"differ only in latent, 3 and 5, in this profile"):
        pairs(results, "latent", 3, 5)


def test_without_repetitions_the_headline_stands_alone():
    results = made_up_results()
    assert len(repeated(results, model="vae")) == 6
    assert len(repeated(without(results, sweeps=["seeds"]), model="vae")) == 2


def test_correlations_of_ranks_agree_with_scipy():
    results = made_up_results()
    run = results.runs["vae-2"]
    tied = np.round(values(run, "sample_density"))
    rough = bent(results, "arrays.sample_density", tied, model="vae")
    rough = bent(rough, "arrays.sample_entropy", values(run, "sample_entropy"), model="vae")
    found = decision("ambiguous-samples-lie-in-sparse-regions", rough)
    expected = spearmanr(tied, values(run, "sample_entropy")).statistic
    assert found.effect == pytest.approx(expected)

    over_beta = results.members("beta")
    means = [[values(run, array).mean() for run in over_beta] for array in ("test_kl", "test_bce")]
    trade = decision("rate-trades-for-distortion", results)
    assert trade.effect == pytest.approx(spearmanr(*means).statistic)


def test_active_units_are_those_that_were_counted():
    results = made_up_results()
    strongest = results.members("beta", beta=16.0)[0]
    found = decision("strong-kl-collapses-posterior", results)
    assert found.effect * 16 == strongest.metrics.latent_space.active_units
