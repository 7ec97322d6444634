"""Metrics and provenance, as the pages read them."""

import json

import pandas as pd
import pytest

from made_up_results import made_up_results
from vae_report.measurements import declared
from vae_report.results.tables import metrics_files
from written import write

COLUMNS = declared()


def test_metrics_as_json(tmp_path):
    results = made_up_results()
    write(metrics_files(results, COLUMNS), tmp_path)
    written = json.loads((tmp_path / "metrics.json").read_bytes())
    assert list(written["runs"]) == list(results.runs)
    assert written["headline"] == list(results.headline)
    assert written["sweeps"]["beta"] == list(results.sweeps["beta"])
    assert written["baselines"] == json.loads(json.dumps(results.baselines))
    metrics = results.runs["ae-2"].metrics
    assert written["runs"]["ae-2"] == json.loads(json.dumps(metrics))
    assert written["runs"]["ae-2"]["test"]["negative_elbo"] is None
    assert written["columns"] == json.loads(json.dumps(COLUMNS))
    assert written["columns"]["test"]["sharpness"]["best"] == 1
    by_seed = written["replicates"]["ae-2"]
    assert [each["seeds"] for each in by_seed] == [[seed] for seed in range(5)]
    errors = [each["test"]["mse"] for each in by_seed]
    assert len(set(errors)) == 5
    assert metrics.test.mse == pytest.approx(sum(errors) / 5)
    judges = written["baseline_replicates"]
    accuracy = [judge["classifier"]["accuracy"] for judge in judges]
    assert results.baselines.classifier.accuracy == pytest.approx(sum(accuracy) / len(accuracy))


def test_metrics_as_csv(tmp_path):
    results = made_up_results()
    write(metrics_files(results, COLUMNS), tmp_path)
    table = pd.read_csv(tmp_path / "metrics.csv", index_col="run")
    assert list(table.index) == list(results.runs)
    test = results.runs["vae-16"].metrics
    assert table.loc["vae-16", "test_ssim"] == pytest.approx(test.test.ssim)
    assert table.loc["vae-16", "samples_frechet"] == pytest.approx(test.samples.frechet)
    ends = table.loc["vae-16", ["intervals_bce_lower", "intervals_bce_upper"]].tolist()
    assert ends == pytest.approx(test.intervals["bce"])
    assert pd.isna(table.loc["ae-16", "test_kl"])
    assert table["seeds"].tolist() == [len(run.replicates) for run in results.runs.values()]
    assert table.columns.str.contains("class|dimension|evidence$").sum() == (
        table.columns.str.contains("class_entropy|class_balance").sum()
    ), "lists and empty groups have no column"


def test_a_run_that_diverged_is_a_row_without_measurements(tmp_path):
    results = made_up_results()
    name = next(name for name, run in results.runs.items() if run.metrics.diverged)
    write(metrics_files(results, COLUMNS), tmp_path)
    row = pd.read_csv(tmp_path / "metrics.csv", index_col="run").loc[name]
    assert bool(row["diverged"])
    assert row[[column for column in row.index if column.startswith("test_")]].isna().all()
