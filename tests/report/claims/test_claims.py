"""What holds of all claims, and how some of them are counted."""

import re

import numpy as np
import pytest
from scipy.stats import spearmanr

from made_up_results import bent, made_up_results
from registered import CLAIMS, FIGURES
from vae_report.claims.comparing import values


@pytest.mark.parametrize("identifier", CLAIMS)
def test_a_claim_reads_as_sentences_do_and_has_a_figure(identifier):
    made = CLAIMS[identifier].claim
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", identifier)
    assert made.figure in FIGURES
    for text in (made.statement, made.measure, made.reason):
        assert text.endswith(".")
        assert text[0].isupper() or not text[0].isalpha()
        assert "  " not in text


def test_correlations_of_ranks_agree_with_scipy():
    results = made_up_results()
    run = results.runs["vae-2"].replicates[0]
    tied = np.round(values(run, "sample_density"))
    rough = bent(results, "arrays.sample_density", tied, model="vae")
    rough = bent(rough, "arrays.sample_entropy", values(run, "sample_entropy"), model="vae")
    found = CLAIMS["ambiguous-samples-lie-in-sparse-regions"].decide(rough)
    expected = spearmanr(tied, values(run, "sample_entropy")).statistic
    assert found.effect == pytest.approx(expected)

    mixed = bent(results, "arrays.test_bce", lambda old: old[::-1] * 0 + 500, beta=8, seed=1)
    over_beta = mixed.members("beta")
    by_seed = [
        spearmanr(
            *(
                [values(run.replicates[seed], array).mean() for run in over_beta]
                for array in ("test_kl", "test_bce")
            )
        ).statistic
        for seed in range(3)
    ]
    trade = CLAIMS["rate-trades-for-distortion"].decide(mixed)
    assert len(set(np.round(by_seed, 6))) > 1
    assert trade.effect == pytest.approx(np.mean(by_seed))


def test_active_units_are_those_that_were_counted():
    results = made_up_results()
    strongest = results.members("beta", beta=16.0)[0]
    found = CLAIMS["strong-kl-collapses-posterior"].decide(results)
    assert found.effect * 16 == strongest.metrics.latent_space.active_units
