"""A whole build in miniature, and what the next one does again."""

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys

import pandas as pd
import pytest
from safetensors.numpy import load_file

from registered import CLAIMS
from small_report import (
    BUILT_WITH,
    REPORT,
    REPOSITORY,
    SWEEPS,
    make_report,
    start_build,
    train_and_measure,
)
from vae_report.engine.store import Store
from vae_report.registry import found
from vae_report.results.metrics import Values
from vae_report.training.devices import describe_processor

HEADLINE = ["vae-2", "vae-16", "ae-2", "ae-16"]
SWEPT = [
    *("beta-0", "beta-1", "beta-16", "kl-warmup-16-0.5"),
    *("learning-rate-0.0001", "learning-rate-1e+06", "likelihood-continuous-bernoulli"),
]
LOST = "learning-rate-1e+06"
SEEDS = (0, 1)
COUNT_OF_FIGURES = len(found("figure", "figures"))


def read(report, name):
    return json.loads((report / "docs" / "assets" / name).read_bytes())


@pytest.fixture(scope="session")
def metrics(built_report):
    return read(built_report, "metrics.json")["runs"]


def test_every_run_is_measured_in_every_way(metrics):
    assert list(metrics) == HEADLINE + SWEPT
    for name, run in metrics.items():
        measured = json.loads(json.dumps(run), object_hook=Values)
        assert measured.parameters > 50_000
        assert measured.seconds > 0
        assert measured.diverged == (name == LOST)
        for group in ("validation", "test", "latent_space", "recognition", "samples"):
            assert (getattr(measured, group) is None) == (name == LOST)
        for group, owners in (("evidence", HEADLINE[:2]), ("mixture_samples", HEADLINE[2:])):
            assert (getattr(measured, group) is not None) == (name in owners)
        if name != LOST:
            assert 0 < measured.test.mse < 0.25
            assert 0 < measured.test.ssim < 1
            ends = measured.intervals["mse"]
            assert ends[0] < measured.test.mse < ends[1]


def test_every_run_is_measured_with_every_seed(built_report, metrics):
    replicates = read(built_report, "metrics.json")["replicates"]
    assert replicates.keys() == metrics.keys()
    for name, by_seed in replicates.items():
        assert [each["seeds"] for each in by_seed] == [[seed] for seed in SEEDS]
        assert metrics[name]["seeds"] == list(SEEDS)
        if name != LOST:
            errors = [each["test"]["mse"] for each in by_seed]
            assert errors[0] != errors[1]
            assert metrics[name]["test"]["mse"] == pytest.approx(sum(errors) / 2)
    judges = read(built_report, "metrics.json")["baseline_replicates"]
    assert len({judge["samples"]["real"]["frechet"] for judge in judges}) == len(SEEDS)


def test_a_vae_has_an_elbo_and_an_autoencoder_has_none(metrics):
    for name, run in metrics.items():
        for split in (run["validation"], run["test"]):
            if run["kind"] == "ae":
                assert run["beta"] is split["negative_elbo"] is split["kl"] is None
                assert split["mean_decoded_loss"] == split["bce"]
            elif name != LOST:
                assert split["negative_elbo"] == pytest.approx(split["bce"] + split["kl"])


def test_the_table_says_the_same_as_the_json(built_report, metrics):
    table = pd.read_csv(built_report / "docs" / "assets" / "metrics.csv", index_col="run")
    assert list(table.index) == list(metrics)
    for name, run in metrics.items():
        if name != LOST:
            assert table.loc[name, "test_ssim"] == pytest.approx(run["test"]["ssim"])
            assert table.loc[name, "validation_bce"] == pytest.approx(run["validation"]["bce"])
    assert table.loc[HEADLINE, "test_kl"].isna().tolist() == [False, False, True, True]


def test_every_claim_is_decided(built_report):
    claims = {claim["id"]: claim for claim in read(built_report, "claims.json")["claims"]}
    assert claims.keys() == CLAIMS.keys()
    for claim in claims.values():
        decided = claim["verdict"] in ("supported", "contradicted", "inconclusive")
        assert decided == (claim["effect"] is not None) == (claim["missing"] is None)
    assert claims["ae-errs-less"]["verdict"] != "not measured in this profile"
    assert claims["trousers-are-easy"]["verdict"] == "not measured in this profile"


def test_a_measurement_of_the_reports_own_is_taken_of_every_run(built_report):
    stored = map(load_file, (built_report / ".cache/store").rglob("arrays.safetensors"))
    tones = [arrays["tones"] for arrays in stored if "tones" in arrays]
    assert [tone.shape for tone in tones] == [(100,)] * (len(HEADLINE + SWEPT) - 1) * len(SEEDS)


def test_the_provenance_names_the_date_the_data_and_the_device(built_report):
    provenance = json.loads((built_report / "docs" / "assets" / "provenance.json").read_bytes())
    assert provenance["date"] == "2001-09-09"
    assert provenance["profile"] == "small"
    assert provenance["device"] == "cpu"
    processor = describe_processor("cpu")
    assert provenance["processors"] == [f"{processor['processor']}, {processor['instructions']}"]
    assert provenance["commit"] is None, "a folder that is no clone has no commit"
    assert provenance["data"]["name"] == "Small shapes"
    assert provenance["data"]["verified"] is False
    assert "source" not in provenance["data"], "where it was found is no property of the report"


def test_the_provenance_is_the_same_wherever_the_data_were_found(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    report = REPORT.replace("split_seed = 0", f"split_seed = 0\nsources.system = '{elsewhere}'")
    root = make_report(tmp_path / "report", report)
    assert "provenance" in train_and_measure(root, "provenance")
    (root / "data").rename(elsewhere)
    made = train_and_measure(root, "provenance")
    assert set(made) == {"data"}, "the same data set trains nothing anew and is the same origin"


def test_every_page_is_made_and_every_figure_shown(built_report):
    page = (built_report / "site" / "index.html").read_text(encoding="utf-8")
    figures = list((built_report / "docs/assets/figures").glob("*.json"))
    assert {path.stem for path in figures} == found("figure", "figures").keys()
    for figure in (json.loads(path.read_bytes()) for path in figures):
        for theme in ("light", "dark"):
            assert (built_report / "site/assets/figures" / figure[theme]).stat().st_size > 0
            assert f"assets/figures/{figure[theme]}" in page
    assert "{{ " not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert (built_report / "site" / "walkthrough" / "index.html").exists()


def test_how_long_it_takes_was_said_before_and_how_far_it_was_after_that(built_report):
    log = (built_report.parent / "built.log").read_text()
    before, after = log.split("\nAbout ")
    assert "train " not in before
    models = rf"(\d+) models to train, \1 models to measure, {COUNT_OF_FIGURES} figures to draw"
    where = r"\d+ (?:seconds|minutes) on this machine with 2 processes"
    assert re.match(rf"{where}: {models}\.\n", after)
    assert not re.search("^(train|measure|figure|site|paper) .*(:|\\.\\.\\.)", after, re.MULTILINE)
    shares = [int(share) for share in re.findall(r"^\[(\d+) %", after, re.MULTILINE)]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] == 100
    assert shares.count(100) == 1
    assert re.search(r"^Predicted: .*; taken: .*\.$", after, re.MULTILINE)
    assert (built_report / ".cache" / "speeds.json").exists()


@pytest.fixture
def trained(built_report, tmp_path):
    """A copy of what the next build goes on from."""
    root = tmp_path / "report"
    for name in (".cache", "data"):
        shutil.copytree(built_report / name, root / name)
    (root / "report.toml").write_text(REPORT + SWEEPS)
    return root


def test_the_next_build_does_nothing_again(trained):
    assert train_and_measure(trained).keys() <= {"data"}, "a copy of the files has other dates"
    assert train_and_measure(trained) == {}


def test_the_next_build_makes_again_what_is_damaged_or_changed_and_nothing_else(trained):
    path = min(trained.glob(".cache/store/ae-16-*/weights.safetensors"))
    weights = path.read_bytes()
    path.write_bytes(weights[:-1] + bytes([weights[-1] ^ 1]))
    (trained / "report.toml").write_text(
        REPORT.replace("[runs.vae-16]", "[runs.vae-16]\nlearning_rate = 2e-2")
    )
    made = train_and_measure(trained)
    made.pop("data", None)
    [damaged] = (title for title, why in made.items() if why == "missing or damaged")
    assert damaged in {f"train ae-16 seed {seed}" for seed in SEEDS}
    del made[damaged]
    for seed in SEEDS:
        changed = made.pop(f"measure vae-16 seed {seed}").removeprefix("changed: ").split(", ")
        assert sorted(changed) == sorted(found("measurement", "measurements"))
    assert made == {f"train vae-16 seed {seed}": "changed: settings" for seed in SEEDS}
    assert path.read_bytes() == weights


@pytest.mark.parametrize(
    ("old", "new", "measurements"),
    [
        ("generated = 150", "generated = 151", "samples, mixture"),
        ("importance_samples = 5", "importance_samples = 6", "evidence"),
    ],
)
def test_a_setting_of_measurements_makes_again_those_that_ask_for_it(
    trained, old, new, measurements
):
    (trained / "report.toml").write_text(REPORT.replace(old, new))
    made = train_and_measure(trained)
    made.pop("data", None)
    for seed in SEEDS:
        found = made.pop(f"measure baselines seed {seed}", None)
        assert (found is None) == (measurements == "evidence")
    expected = f"changed: {measurements}"
    assert made == {f"measure {name} seed {seed}": expected for name in HEADLINE for seed in SEEDS}


def test_the_explorer_is_exported_when_what_it_shows_has_changed(trained):
    def exported(settings):
        (trained / "report.toml").write_text(REPORT + settings)
        return train_and_measure(trained, "explorer").get("explorer")

    assert exported(SWEEPS) is None
    more = SWEEPS.replace("points_per_class = 4", "points_per_class = 5")
    assert exported(more) == "changed: settings"
    assert exported(SWEEPS) is None, "what was exported before is there"


def test_two_builds_publish_one_after_the_other(built_report, tmp_path):
    root = tmp_path / "report"
    shutil.copytree(built_report, root, symlinks=True)
    with (root / ".cache" / "publishing.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (root / "docs" / "assets" / "metrics.csv").write_text("of the other build")
        build = start_build(root, *BUILT_WITH, "--assets-only", SOURCE_DATE_EPOCH="1000000000")
        while "waiting for its end" not in (line := build.stdout.readline()):
            assert line
        assert (root / "docs" / "assets" / "metrics.csv").read_text() == "of the other build"
    _, complaint = build.communicate(timeout=60)
    assert build.returncode == 0, complaint
    assert (root / "docs" / "assets" / "metrics.csv").read_text() != "of the other build"


def test_what_no_profile_is_made_of_is_removed_when_asked_for(trained):
    store = Store(trained / ".cache" / "store")
    whole = {path.name for path in store.root.iterdir()}
    store.put("figure-of-an-older-report", {"file": b"old"})
    command = [sys.executable, "-m", "vae_report.cli", "clean", "--unused"]
    done = subprocess.run(command, cwd=trained, capture_output=True, text=True, check=True)
    assert re.fullmatch(r"[1-9]\d* entries removed from .*\.\n", done.stdout.split("\n", 1)[1])
    left = {path.name for path in store.root.iterdir()}
    assert "figure-of-an-older-report" not in left
    assert {name for name in whole if name.startswith(("vae-", "ae-", "classifier-"))} <= left
    assert train_and_measure(trained) == {}


def test_assets_that_were_edited_or_lost_are_published_again(built_report, tmp_path):
    root = tmp_path / "report"
    shutil.copytree(built_report, root, symlinks=True)
    assets = root / "docs" / "assets"
    whole = {path: path.read_bytes() for path in assets.rglob("*") if path.is_file()}
    (assets / "metrics.csv").write_text("edited")
    (assets / "explorer" / "vae-2.bin").unlink()
    build = start_build(root, *BUILT_WITH, "--assets-only", SOURCE_DATE_EPOCH="1000000000")
    log, complaint = build.communicate()
    assert build.returncode == 0, complaint
    assert {path: path.read_bytes() for path in assets.rglob("*") if path.is_file()} == whole
    assert "publish assets ... (made at every build)" in log
    assert "figure" not in log


def test_two_names_of_the_same_settings_are_one_run(trained):
    (trained / "report.toml").write_text(
        REPORT
        + '[runs.twin-a]\nmodel = "vae"\nlatent = 3\n[runs.twin-b]\nmodel = "vae"\nlatent = 3\n'
    )
    made = train_and_measure(trained)
    assert made.keys() - {"data"} == {
        f"{title} seed {seed}"
        for title in ("train twin-a", "measure twin-a", "measure baselines")
        for seed in SEEDS
    }


def test_another_seed_is_trained_without_those_that_are_there(trained):
    (trained / "report.toml").write_text(REPORT.replace("seeds = 2", "seeds = 3"))
    made = train_and_measure(trained)
    titles = ("train classifier", "measure baselines")
    titles += tuple(f"{stage} {name}" for stage in ("train", "measure") for name in HEADLINE)
    assert made.keys() - {"data"} == {f"{title} seed 2" for title in titles}


def test_an_unchanged_build_imports_no_torch(built_report, tmp_path):
    (tmp_path / "torch.py").write_text("raise ImportError('torch was imported')")
    shutil.copytree(built_report, tmp_path / "report", symlinks=True)
    build = start_build(
        tmp_path / "report",
        *BUILT_WITH,
        PYTHONPATH=os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]]),
        SOURCE_DATE_EPOCH="1000000000",
    )
    log, complaint = build.communicate()
    assert build.returncode == 0, complaint
    assert re.search(rf"^train +0 +{len(SEEDS) * (1 + len(HEADLINE + SWEPT))} ", log, re.MULTILINE)
    assert re.search(rf"^figure +0 +{COUNT_OF_FIGURES} ", log, re.MULTILINE)
    assert "\nAbout " not in log
    assert "Predicted: " not in log


def test_a_link_that_leads_nowhere_fails_the_build(built_report, tmp_path):
    shutil.copytree(built_report, tmp_path / "report", symlinks=True)
    page = tmp_path / "report" / "docs" / "metrics.md"
    page.write_text(page.read_text() + "\n[Nowhere](index.md#nowhere)\n")
    build = start_build(tmp_path / "report", *BUILT_WITH, SOURCE_DATE_EPOCH="1000000000")
    _, complaint = build.communicate()
    assert build.returncode == 1
    assert "'metrics.md' contains a link 'index.md#nowhere'" in complaint
    assert complaint.endswith("The pages could not be built: see above.\n")
    assert "INFO" not in complaint


def test_the_plan_makes_nothing(trained):
    shutil.copytree(REPOSITORY / "scripts", trained / "scripts")
    build = start_build(trained, "--explain")
    plan, complaint = build.communicate()
    assert build.returncode == 0, complaint
    assert "train vae-2 seed 0: " in plan
    assert "site: " in plan
    assert not (trained / "site").exists()
