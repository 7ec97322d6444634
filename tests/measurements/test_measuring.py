"""How measurements are found, and made of a finished run."""

import json
from typing import Annotated

import numpy as np
import pytest
import torch
from safetensors.numpy import load
from safetensors.torch import save_file
from subjects import subject

from small_report import PIXELS, run_settings
from vae_report.errors import ReportError
from vae_report.measurements.elbo import loss
from vae_report.measurements.measuring import Measured, load_model, measurement
from vae_report.models.objectives import MeasuredTerms
from vae_report.results.metrics import Interval, Scalar, columns, record
from vae_report.settings import load_settings
from vae_report.stages.measuring import StoredJudge, measure_run
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
    judge = StoredJudge(settings.classifier, folder / "none", data, "cpu")
    keys, told = {"loss": "first", "embedding": "second", "appearance": "third"}, []
    given = {"seed": 0, "first": False}
    return measure_run("short", keys, run_settings(), folder, judge, given, told.append), told


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
    values = [json.loads(files["values.json"]) for files in entries.values()]
    nothing = {"validation": None, "test": None, "intervals": {}, "per_class": {}}
    assert values == [nothing, {}, {}], "what was not measured is known by its name"
    for files in entries.values():
        assert load(files["arrays.safetensors"]) == {}


@record
class Contrast:
    """As a measurement declares it."""

    contrast: Annotated[float, Scalar("Contrast", 2, "highest")]
    contrast_interval: Interval | None = None
    by_class: tuple[float, ...] = ()


def find(values):
    return measurement(typical=Contrast)(lambda: Measured(values))()


def test_what_a_record_declares_is_found_and_nothing_else():
    found = {"contrast": 1, "contrast_interval": (0.5, 1.5), "by_class": (1.0, 2.0)}
    assert find({"typical": found}).values == {"typical": found}
    assert find({"typical": Contrast(**found)}).values == {"typical": found}
    assert find({"typical": {"contrast": 1}}).values["typical"]["contrast_interval"] is None
    assert find({}).values == {"typical": None}
    heading = {"heading": "Contrast", "digits": 2, "best": "highest"}
    assert columns(Contrast) == {
        "contrast": heading | {"unit": "", "alike": {}, "word": None},
    }


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"typical": {"contrast": np.nan}}, "typical.contrast = nan is no measurement (Input"),
        ({"typical": {"contrast": 1, "by_class": [np.inf]}}, "typical.by_class.0 = inf is no"),
        ({"typical": {"contrast": 1, "sharpness": 2}}, "typical.sharpness = 2 is no"),
        ({"typical": {}}, "typical.contrast = {} is no measurement (Field required)"),
        ({"contrast": 0.5}, "contrast = 0.5 is no measurement (Extra inputs are not permitted)"),
    ],
)
def test_what_no_record_declares_is_no_measurement(values, problem):
    with pytest.raises(ReportError) as raised:
        find(values)
    assert str(raised.value).startswith(problem)
    assert str(raised.value).endswith("; correct <lambda> in src/test_measuring.py.")
    assert "\n" not in str(raised.value)


def test_a_class_without_a_decorator_is_no_record():
    class Contrast:
        contrast: float

    problem = r"^src/test_measuring\.py: Contrast is no record; put @record above it\.$"
    with pytest.raises(ReportError, match=problem):
        measurement(typical=Contrast)


def test_a_job_names_the_run_of_which_something_is_no_measurement(
    small_report, tmp_path, monkeypatch
):
    monkeypatch.setattr("vae_report.measurements.elbo.measure_terms", lambda *_: NOT_FINITE)
    problem = "^run 'short': validation.negative_elbo = nan is no measurement"
    with pytest.raises(ReportError, match=problem):
        measured(small_report, tmp_path / "run", 310.5)


NOT_FINITE = MeasuredTerms(*torch.full((3, 100), torch.nan))


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
    rebuilt = load_model(run_settings(), PIXELS, (tmp_path / "weights").read_bytes())
    pixels = subject("vae").images["test"] / 255
    assert torch.equal(rebuilt(pixels)[0], model(pixels)[0])
