"""Metrics and provenance, as the pages read them."""

import json
import subprocess

import pandas as pd
import pytest

from made_up_results import made_up_results
from vae_report.errors import ReportError
from vae_report.results.tables import metrics_files, provenance, source_date
from written import write


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A git repository of one commit."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    root = tmp_path / "clone"
    root.mkdir()
    (root / "report.toml").write_text("")
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    for command in (("init", "-q"), ("add", "."), (*who, "commit", "-q", "-m", "First")):
        subprocess.run(["git", *command], cwd=root, check=True)
    return root


def test_metrics_as_json(tmp_path):
    results = made_up_results()
    write(metrics_files(results), tmp_path)
    written = json.loads((tmp_path / "metrics.json").read_bytes())
    assert list(written["runs"]) == list(results.runs)
    assert written["headline"] == list(results.headline)
    assert written["sweeps"]["beta"] == list(results.sweeps["beta"])
    assert written["baselines"] == json.loads(results.baselines.model_dump_json())
    metrics = results.runs["ae-2"].metrics
    assert written["runs"]["ae-2"] == json.loads(metrics.model_dump_json())
    assert written["runs"]["ae-2"]["test"]["negative_elbo"] is None
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
    write(metrics_files(results), tmp_path)
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
    write(metrics_files(results), tmp_path)
    row = pd.read_csv(tmp_path / "metrics.csv", index_col="run").loc[name]
    assert bool(row["diverged"])
    assert row[[column for column in row.index if column.startswith("test_")]].isna().all()


DATASET = {"name": "Small shapes", "digest": "ab" * 32, "verified": False}


def origin(device="cpu", processor="Brand 1", instructions="AVX2"):
    return {"device": device, "processor": processor, "instructions": instructions, "torch": "2"}


def of(root, **origins):
    return provenance(root, "quick", DATASET, origins or {"vae-2": origin()})


def test_the_provenance_of_a_clone(clone):
    written = of(clone)
    head = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=clone, text=True).strip()
    assert written["commit"] == head
    assert written["modified"] is False
    assert written["profile"] == "quick"
    assert written["device"] == "cpu"
    assert written["processors"] == ["Brand 1, AVX2"]
    assert written["processors_of"] == {}, "where all are the same, it is said once"
    assert written["data"] == DATASET
    assert {"python", "torch", "numpy"} <= written["versions"].keys()
    (clone / "report.toml").write_text("changed")
    assert of(clone)["modified"] is True


def test_where_processors_differ_that_of_each_run_is_named(clone):
    gpu = origin("cuda", "Graphics 2", "compute capability 9.0")
    written = of(clone, one=origin(), another=gpu, last=origin())
    on_cpu, on_gpu = "Brand 1, AVX2", "Graphics 2, compute capability 9.0"
    assert written["device"] == "cpu, cuda"
    assert written["processors"] == [on_cpu, on_gpu]
    assert written["processors_of"] == {"one": on_cpu, "another": on_gpu, "last": on_cpu}


def test_the_provenance_of_a_folder_that_is_no_clone(tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    written = of(tmp_path)
    assert written["commit"] is None
    assert written["modified"] is False


def test_the_date_is_that_of_the_commit_unless_it_is_given(clone, monkeypatch):
    committed = subprocess.check_output(["git", "log", "-1", "--format=%ct"], cwd=clone)
    assert source_date(clone) == int(committed)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert source_date(clone) == 86400


@pytest.mark.parametrize("given", ["yesterday", "-1", "1.5"])
def test_a_date_that_is_no_number_of_seconds(tmp_path, monkeypatch, given):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", given)
    with pytest.raises(ReportError, match=f"^SOURCE_DATE_EPOCH={given}: not a number of seconds"):
        source_date(tmp_path)
