"""Results as they are read: merged, lazily, and only if they are numbers."""

import json
from dataclasses import replace
from inspect import currentframe, getframeinfo

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from small_report import run_settings
from vae_report.errors import ReportError
from vae_report.results import NotMeasured
from vae_report.results.stored import ResultFolders, diverged, load_history

SPLIT = {
    **{"negative_elbo": 250.5, "bce": 240.25, "kl": 10.25, "mean_decoded_loss": 249.0},
    **{"mse": 0.02, "psnr": 17.0, "ssim": 0.7, "sharpness": 0.5},
}
QUALITY = {
    **{"frechet": 1.0, "frechet_interval": [0.9, 1.1], "kernel": 0.1, "kernel_error": 0.01},
    **{"density": 1.0, "coverage": 1.0, "realistic": 0.5, "confidence": 0.9, "class_entropy": 0.1},
    **{"recognised": 0.8, "recognised_interval": [0.7, 0.9], "class_balance": 1.0},
    **{"sharpness": 1.0, "sharpness_interval": [0.9, 1.1]},
}
CLASSIFIER = {
    **{"accuracy": 0.9, "accuracy_interval": [0.8, 1.0], "recall": [0.9, 0.9], "parameters": 7}
}


def write(folder, values, **arrays):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "values.json").write_text(json.dumps(values))
    save_file(arrays, folder / "arrays.safetensors")
    return folder


def write_history(folder, *losses):
    folder.mkdir(parents=True, exist_ok=True)
    history = {"epoch": range(1, len(losses) + 1), "seconds": 1.5}
    pd.DataFrame(
        {
            **history,
            "train_bce": losses,
            "validation_bce": losses,
            "validation_mean_decoded_loss": losses,
        }
    ).to_csv(folder / "history.csv", index=False)
    return folder


@pytest.fixture
def folders(tmp_path):
    """One run in two measurements, and what every report has besides."""

    def written(losses=(300.0, 250.0)):
        run = write_history(tmp_path / "run", *losses)
        save_file({"snapshot_epochs": np.arange(2)}, run / "snapshots.safetensors")
        about = {"label": "Small VAE", "variational": True, "parameters": 15}
        (run / "model.json").write_text(json.dumps(about))
        measured = (
            write(tmp_path / "a", {"test": SPLIT, "intervals": {"bce": [1, 2]}}),
            write(
                tmp_path / "b",
                {"test": None, "validation": SPLIT, "intervals": {"mse": [3, 4]}},
                test_mse=np.ones(4, np.float32),
            ),
        )
        classifier = write_history(tmp_path / "classifier", 1.0, 0.5, 0.25)
        judged = {"classifier": CLASSIFIER, "samples": {"real": QUALITY}}
        baselines = write(tmp_path / "c", judged, noise_recognised=np.ones(3))
        return ResultFolders(
            classes=("A", "B"),
            runs=(("vae-2", ((run_settings(), run, measured),)),),
            headline=("vae-2",),
            sweeps=(("latent", ("vae-2",)),),
            judges=((0, classifier, baselines),),
        )

    return written


def test_what_several_measurements_found_of_a_run_is_merged(folders):
    run = folders().load().runs["vae-2"]
    assert (run.metrics.kind, run.metrics.label) == ("vae", "Small VAE")
    assert (run.metrics.parameters, run.metrics.variational) == (15, True)
    assert run.metrics.test.mse == run.metrics.validation.mse == 0.02
    assert run.metrics.intervals == {"bce": [1, 2], "mse": [3, 4]}
    assert (run.metrics.epochs, run.metrics.seconds, run.metrics.beta) == (2, 3.0, 1.0)


def test_the_arrays_of_a_run_are_one_mapping_that_reads_when_asked(folders):
    arrays = folders().load().runs["vae-2"].arrays
    assert set(arrays) == {"snapshot_epochs", "test_mse"}
    assert arrays["test_mse"].tolist() == [1, 1, 1, 1]
    with pytest.raises(KeyError):
        arrays["manifold"]


def test_the_classifier_is_described_by_its_history_and_its_measurement(folders):
    results = folders().load()
    classifier = results.baselines.classifier
    assert (classifier.epochs, classifier.seconds, classifier.accuracy) == (3, 4.5, 0.9)
    assert results.judges[0].arrays["noise_recognised"].tolist() == [1, 1, 1]


def test_a_run_is_read_with_all_of_its_seeds(folders, tmp_path):
    once = folders()
    [(name, [(settings, run, measured)])] = once.runs
    other = write_history(tmp_path / "other", 300.0, 240.0)
    for kept in ("snapshots.safetensors", "model.json"):
        (other / kept).write_bytes((run / kept).read_bytes())
    second = settings.model_copy(update={"seed": 1})
    better = write(
        tmp_path / "d",
        {
            "test": SPLIT | {"mse": 0.01},
            "validation": SPLIT,
            "intervals": {"bce": [1, 2], "mse": [3, 4]},
        },
    )
    twice = ((settings, run, measured), (second, other, (better,)))
    [(_, classifier, baselines)] = once.judges
    judges = ((0, classifier, baselines), (1, classifier, baselines))
    loaded = replace(once, runs=((name, twice),), judges=judges).load().runs["vae-2"]
    assert [each.seed for each in loaded.replicates] == [0, 1]
    assert loaded.settings == settings
    assert [each.metrics.test.mse for each in loaded.replicates] == [0.02, 0.01]
    assert loaded.metrics.test.mse == pytest.approx(0.015)
    assert loaded.metrics.seeds == (0, 1)
    assert loaded.history["train_bce"].tolist() == [300.0, 250.0]
    assert set(loaded.arrays) == {"snapshot_epochs", "test_mse"}


def test_a_name_that_nobody_measured_is_one_line_that_says_where(folders):
    test = folders().load().runs["vae-2"].metrics.test
    line = getframeinfo(currentframe()).lineno + 2
    with pytest.raises(ReportError) as raised:
        print(test.mes)
    names = "negative_elbo, bce, kl, mean_decoded_loss, mse, psnr, ssim, sharpness"
    assert str(raised.value) == (
        f"{__file__}:{line}: nothing called 'mes' is measured there; name one of {names}."
    )


@pytest.mark.parametrize(("last", "expected"), [(200.0, False), (np.nan, True), (np.inf, True)])
def test_a_run_diverged_if_its_last_loss_is_not_finite(tmp_path, last, expected):
    history = load_history(write_history(tmp_path / "run", 300.0, last))
    assert diverged(history) is expected
    assert diverged(history.assign(train_kl=np.nan)) is expected, "an autoencoder has no KL"
    assert diverged(history.assign(train_kl=np.inf)), "a loss is no more finite than its parts"


def test_a_run_that_diverged_has_no_measurements_and_is_none_the_less_a_result(folders, tmp_path):
    results = folders(losses=(300.0, np.nan))
    for name in ("a", "b"):
        write(tmp_path / name, {"test": None, "samples": None})
    metrics = results.load().runs["vae-2"].metrics
    assert metrics.diverged
    assert metrics.test is metrics.samples is None


def test_runs_are_found_by_sweep_and_settings(folders):
    results = folders().load()
    assert [run.name for run in results.members("latent", latent=2)] == ["vae-2"]
    assert [run.name for run in results.main_runs(model="vae")] == ["vae-2"]
    assert [run.name for run in results.main_runs(variational=True)] == ["vae-2"]
    with pytest.raises(NotMeasured, match="the headline has no run with variational = False"):
        results.main_runs(variational=False)
    with pytest.raises(NotMeasured, match='the sweep "latent" has no run with latent = 4'):
        results.members("latent", latent=4)
    with pytest.raises(NotMeasured, match='the sweep "beta" has no run in this profile'):
        results.members("beta")
