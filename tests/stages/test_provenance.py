"""What is known of the source of a report, and what is said of it."""

import subprocess
import time

import pytest

from vae_report.errors import ReportError
from vae_report.stages.provenance import provenance, source_of


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


DATASET = {"name": "Small shapes", "side": 28, "digest": "ab" * 32, "verified": False}


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
    assert abs(source_of(tmp_path).date - time.time()) <= 2 * 86400
    assert source_of(tmp_path).unknown.startswith("not a git repository")


def test_a_folder_within_another_repository_is_not_described_by_its_commit(clone):
    inside = clone / "unpacked"
    inside.mkdir()
    assert source_of(inside).commit is None
    assert "another repository" in source_of(inside).unknown


def test_without_git_that_is_said(clone, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert source_of(clone).commit is None
    assert source_of(clone).unknown == "git is not installed"


def test_an_archive_says_its_commit(clone, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (clone / ".archive").write_text("$Format:%H %ct$\n")
    (clone / ".gitattributes").write_text(".archive export-subst\n")
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", "add", "."], cwd=clone, check=True)
    subprocess.run(["git", *who, "commit", "-q", "-m", "Second"], cwd=clone, check=True)
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    packed = subprocess.check_output(["git", "archive", "HEAD"], cwd=clone)
    subprocess.run(["tar", "x"], cwd=unpacked, input=packed, check=True)
    assert source_of(unpacked) == source_of(clone)
    (unpacked / ".archive").write_text("nonsense")
    assert source_of(unpacked).commit is None


def test_the_date_is_that_of_the_commit_unless_it_is_given(clone, monkeypatch):
    committed = subprocess.check_output(["git", "log", "-1", "--format=%ct"], cwd=clone)
    assert source_of(clone).date == int(committed)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert source_of(clone).date == 86400


@pytest.mark.parametrize("given", ["yesterday", "-1", "1.5"])
def test_a_date_that_is_no_number_of_seconds(tmp_path, monkeypatch, given):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", given)
    with pytest.raises(ReportError, match=f"^SOURCE_DATE_EPOCH={given}: not a number of seconds"):
        source_of(tmp_path)
