"""Metrics and provenance, as the pages read them."""

import json
import subprocess
from math import nan

import pandas as pd
import pytest

from small_report import run_settings
from vae_report.errors import ReportError
from vae_report.results import Results, RunMetrics, RunResult, SplitMetrics
from vae_report.tables import provenance, source_date, write_metrics


def split(**changes):
    values = {"negative_elbo": 250.5, "bce": 240.25, "kl": 10.25, "mean_decoded_loss": 249.0}
    return SplitMetrics(**{**values, "mse": 0.02, "ssim": 0.7, **changes})


def result(name, metrics):
    return RunResult(name, run_settings(), pd.DataFrame(), metrics, {})


RESULTS = Results(
    ("A", "B"),
    {
        name: result(
            name,
            RunMetrics(
                kind=name,
                latent=2,
                beta=beta,
                seed=0,
                parameters=1000,
                epochs=3,
                seconds=1.5,
                validation=measured,
                test=measured,
            ),
        )
        for name, beta, measured in (
            ("vae", 1.0, split()),
            ("ae", None, split(negative_elbo=None, kl=None)),
        )
    },
)


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
    write_metrics(RESULTS, tmp_path)
    runs = json.loads((tmp_path / "metrics.json").read_bytes())["runs"]
    assert list(runs) == ["vae", "ae"]
    assert runs["vae"]["test"] == split().model_dump()
    assert runs["ae"]["test"]["negative_elbo"] is runs["ae"]["test"]["kl"] is None


def test_metrics_as_csv(tmp_path):
    write_metrics(RESULTS, tmp_path)
    table = pd.read_csv(tmp_path / "metrics.csv")
    assert table["run"].tolist() == ["vae", "ae"]
    assert table["validation_negative_elbo"].tolist() == [250.5, pytest.approx(nan, nan_ok=True)]
    assert table["test_ssim"].tolist() == [0.7, 0.7]


DATASET = {"name": "Small shapes", "source": "data/", "digest": "ab" * 32, "verified": False}


def of(root):
    return provenance(root, "quick", DATASET, ["cpu", "cuda", "cpu"])


def test_the_provenance_of_a_clone(clone):
    written = of(clone)
    head = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=clone, text=True).strip()
    assert written["commit"] == head
    assert written["modified"] is False
    assert written["profile"] == "quick"
    assert written["device"] == "cpu, cuda"
    assert written["data"] == DATASET
    assert {"python", "torch", "numpy"} <= written["versions"].keys()
    (clone / "report.toml").write_text("changed")
    assert of(clone)["modified"] is True


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
