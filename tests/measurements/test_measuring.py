"""How measurements are found, and made of a finished run."""

import json

import pytest
import torch
from safetensors.numpy import load
from safetensors.torch import save_file
from subjects import subject

from small_report import run_settings
from vae_report.measurements.elbo import loss
from vae_report.measurements.measuring import load_model
from vae_report.settings import load_settings
from vae_report.stages.measuring import JudgePlace, measure_run
from vae_report.training.runs import DataPlace

HISTORY = "epoch,train_bce,validation_bce,validation_mean_decoded_loss\n1,300.5,{0},{0}\n"


def measured(report, folder, last_loss):
    """Make two measurements of a run in a folder; what comes, and what is told meanwhile."""
    settings = load_settings(report / "report.toml")
    data = DataPlace(settings.data, report / "data")
    folder.mkdir()
    save_file(subject("vae").model.state_dict(), folder / "weights.safetensors")
    (folder / "history.csv").write_text(HISTORY.format(last_loss))
    # None of these measurements asks for the judge, so that there need be none.
    judge = JudgePlace(settings.classifier, folder / "none", data, "cpu")
    keys, told = {"loss": "first", "embedding": "second", "appearance": "third"}, []
    given = {"seed": 0, "first": False}
    return measure_run(keys, run_settings(), folder, judge, given, told.append), told


def test_a_job_makes_the_measurements_that_it_is_asked_for(small_report, tmp_path):
    entries, told = measured(small_report, tmp_path / "run", 310.5)
    assert told == [1, 2, 3]
    assert list(entries) == ["first", "second", "third"]
    assert set(load(entries["first"]["arrays.safetensors"])) == set(loss(subject("vae"), 0).arrays)
    assert load(entries["second"]["arrays.safetensors"]) == {}
    assert load(entries["third"]["arrays.safetensors"])["latent_means"].shape == (60, 2)


def test_a_run_that_diverged_is_not_measured(small_report, tmp_path):
    entries, _ = measured(small_report, tmp_path / "run", "")
    assert list(entries) == ["first", "second", "third"]
    for files in entries.values():
        assert json.loads(files["values.json"]) == {}
        assert load(files["arrays.safetensors"]) == {}


@pytest.mark.parametrize("kind", ["vae", "ae"])
def test_what_several_measurements_share_is_the_models(kind, monkeypatch):
    """Whatever the chunks, and for as many training images as are asked for."""
    monkeypatch.setattr("vae_report.measurements.measuring.CHUNK", 33)
    monkeypatch.setattr("vae_report.measurements.measuring._REFERENCE", 70)
    seen = subject(kind)
    assert len(set(seen.reference)) == 70
    chosen = seen.images["train"][torch.from_numpy(seen.reference)]
    pairs = (
        (seen.reference_code, chosen),
        (seen.validation_code, seen.images["validation"]),
        (seen.test_code, seen.images["test"]),
    )
    with torch.inference_mode():
        for code, images in pairs:
            for found, expected in zip(code, seen.model.encode(images / 255), strict=True):
                torch.testing.assert_close(found, expected)
        logits, _ = seen.model(seen.images["test"] / 255)
    torch.testing.assert_close(seen.test_reconstructions, torch.sigmoid(logits))


def test_a_model_is_rebuilt_from_its_weights(tmp_path):
    model = subject("vae").model
    save_file(model.state_dict(), tmp_path / "weights")
    rebuilt = load_model(run_settings(), (tmp_path / "weights").read_bytes())
    pixels = subject("vae").images["test"] / 255
    assert torch.equal(rebuilt(pixels)[0], model(pixels)[0])
