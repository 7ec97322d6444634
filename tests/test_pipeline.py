"""A whole build in miniature, and what the next one does again."""

import json
import re
import shutil

import pandas as pd
import pytest

from small_report import REPORT, REPOSITORY, start_build, train_and_measure

RUNS = ["vae-2", "vae-16", "ae-2", "ae-16"]
SPLIT = ["negative_elbo", "bce", "kl", "mean_decoded_loss", "mse", "ssim"]


@pytest.fixture(scope="session")
def metrics(built_report):
    return json.loads((built_report / "docs" / "assets" / "metrics.json").read_bytes())["runs"]


def test_every_run_is_measured_in_every_way(metrics):
    assert list(metrics) == RUNS
    for name, run in metrics.items():
        kind, latent = name.split("-")
        assert list(run) == [
            *("kind", "latent", "beta", "seed", "parameters", "epochs", "seconds"),
            *("validation", "test"),
        ]
        assert (run["kind"], run["latent"], run["seed"], run["epochs"]) == (kind, int(latent), 0, 3)
        assert run["parameters"] > 50_000
        assert run["seconds"] > 0
        for split in ("validation", "test"):
            assert list(run[split]) == SPLIT
            assert 0 < run[split]["mse"] < 0.25
            assert 0 < run[split]["ssim"] < 1


def test_a_vae_has_an_elbo_and_an_autoencoder_has_none(metrics):
    for name, run in metrics.items():
        for split in (run["validation"], run["test"]):
            if name.startswith("vae"):
                assert run["beta"] == 1
                assert split["negative_elbo"] == pytest.approx(split["bce"] + split["kl"])
                assert split["mean_decoded_loss"] < split["negative_elbo"]
            else:
                assert run["beta"] is split["negative_elbo"] is split["kl"] is None
                assert split["mean_decoded_loss"] == split["bce"]


def test_the_table_says_the_same_as_the_json(built_report, metrics):
    table = pd.read_csv(built_report / "docs" / "assets" / "metrics.csv", index_col="run")
    assert list(table.index) == RUNS
    for name, run in metrics.items():
        assert table.loc[name, "test_ssim"] == pytest.approx(run["test"]["ssim"])
        assert table.loc[name, "validation_bce"] == pytest.approx(run["validation"]["bce"])
    assert table["test_kl"].isna().tolist() == [False, False, True, True]


def test_the_provenance_names_the_date_the_data_and_the_device(built_report):
    provenance = json.loads((built_report / "docs" / "assets" / "provenance.json").read_bytes())
    assert provenance["date"] == "2001-09-09"
    assert provenance["profile"] == "full"
    assert provenance["device"] == "cpu"
    assert provenance["commit"] is None, "a folder that is no clone has no commit"
    assert provenance["data"]["name"] == "Small shapes"
    assert provenance["data"]["verified"] is False


def test_every_page_is_made_and_every_figure_shown(built_report):
    page = (built_report / "site" / "index.html").read_text(encoding="utf-8")
    figures = list((built_report / "docs/assets/figures").glob("*.json"))
    assert len(figures) == 12
    for figure in (json.loads(path.read_bytes()) for path in figures):
        for theme in ("light", "dark"):
            assert (built_report / "site/assets/figures" / figure[theme]).stat().st_size > 0
            assert f"assets/figures/{figure[theme]}" in page
    assert "{{" not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert (built_report / "site" / "walkthrough" / "index.html").exists()


@pytest.fixture
def trained(built_report, tmp_path):
    """A copy of what the next build goes on from."""
    root = tmp_path / "report"
    for name in (".cache", "data"):
        shutil.copytree(built_report / name, root / name)
    (root / "report.toml").write_text(REPORT)
    return root


def test_the_next_build_does_nothing_again(trained):
    assert train_and_measure(trained).keys() <= {"data"}, "a copy of the files has other dates"
    assert train_and_measure(trained) == {}


def test_the_next_build_makes_again_what_is_damaged_or_changed_and_nothing_else(trained):
    [path] = trained.glob(".cache/runs/ae-16-*/weights.safetensors")
    weights = path.read_bytes()
    path.write_bytes(weights[:-1] + bytes([weights[-1] ^ 1]))
    (trained / "report.toml").write_text(
        REPORT.replace("[runs.vae-16]", "[runs.vae-16]\nlearning_rate = 2e-2")
    )
    made = train_and_measure(trained)
    made.pop("data", None)
    measurements = "appearance, closeness, loss, size"
    changed = made.pop("measure vae-16").removeprefix("changed: ").split(", ")
    assert sorted(changed) == measurements.split(", ")
    assert made == {"train ae-16": "missing or damaged", "train vae-16": "changed: settings"}
    assert path.read_bytes() == weights


def test_two_names_of_the_same_settings_are_one_run(trained):
    (trained / "report.toml").write_text(
        REPORT
        + '[runs.twin-a]\nmodel = "vae"\nlatent = 3\n[runs.twin-b]\nmodel = "vae"\nlatent = 3\n'
    )
    made = train_and_measure(trained)
    assert made.keys() - {"data"} == {"train twin-a", "measure twin-a"}


def test_an_unchanged_build_imports_no_torch(built_report, tmp_path):
    (tmp_path / "torch.py").write_text("raise ImportError('torch was imported')")
    shutil.copytree(built_report, tmp_path / "report", symlinks=True)
    build = start_build(
        tmp_path / "report",
        "--device=cpu",
        PYTHONPATH=str(tmp_path),
        SOURCE_DATE_EPOCH="1000000000",
    )
    log, complaint = build.communicate()
    assert build.returncode == 0, complaint
    assert re.search(r"^train +0 +4 ", log, re.MULTILINE)
    assert re.search(r"^figure +0 +12 ", log, re.MULTILINE)


def test_the_plan_makes_nothing(trained):
    shutil.copytree(REPOSITORY / "scripts", trained / "scripts")
    build = start_build(trained, "--explain")
    plan, complaint = build.communicate()
    assert build.returncode == 0, complaint
    assert "train vae-2: " in plan
    assert "site: " in plan
    assert not (trained / "site").exists()
