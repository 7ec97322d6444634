"""A run is named by all that its weights depend on, and by nothing else."""

import io
import json
import time
from dataclasses import replace

import pandas as pd
import pytest
import torch
from safetensors.numpy import load

from small_report import PIXELS, run_settings
from vae_report.errors import ReportError
from vae_report.measurements.elbo import loss
from vae_report.measurements.evidence import evidence
from vae_report.measurements.measuring import Subject, load_model
from vae_report.settings import load_settings
from vae_report.stages.build import time_training
from vae_report.stages.training import train_runs
from vae_report.training.devices import describe_processor
from vae_report.training.loop import Images, train
from vae_report.training.runs import DataPlace, RunSpec, load_once, run_spec, work

SPEC = RunSpec(run_settings(), data="ab" * 32, validation_fraction=0.2, split_seed=0, code="cd")


def test_equal_specifications_have_one_name():
    assert SPEC.key == replace(SPEC, settings=run_settings()).key
    assert SPEC.key.startswith("vae-2-")


@pytest.mark.parametrize(
    "other",
    [
        *(
            replace(SPEC, settings=run_settings(**{name: value}))
            for name, value in {
                "model": "ae",
                "latent": 3,
                "hidden": (16, 16),
                "likelihood": "continuous-bernoulli",
                "beta": 1.5,
                "kl_warmup": 0.5,
                "epochs": 3,
                "batch_size": 33,
                "learning_rate": 1.1e-2,
                "warmup": 0.2,
                "final_rate": 0.5,
                "seed": 1,
                "snapshots": (2,),
                "options": {"free_bits": 0.0},
            }.items()
        ),
        replace(SPEC, data="ef" * 32),
        replace(SPEC, validation_fraction=0.1),
        replace(SPEC, split_seed=1),
        replace(SPEC, code="ef"),
    ],
)
def test_whatever_the_weights_follow_from_changes_the_name(other):
    assert other.key != SPEC.key


def test_options_are_no_part_of_the_name_of_a_run_without_any():
    assert "options" not in SPEC.to_json()
    one, other = (
        replace(SPEC, settings=run_settings(options=options))
        for options in ({"a": 1, "b": [2.5, 3]}, {"b": [2.5, 3], "a": 1})
    )
    assert one.key == other.key


def test_a_class_of_ones_own_leaves_the_other_runs_what_they_are(small_report, request):
    settings = load_settings(small_report / "report.toml")
    before = run_spec(settings, run_settings(), "ab" * 32)
    request.getfixturevalue("own_models")
    assert run_spec(settings, run_settings(), "ab" * 32) == before
    own = run_spec(settings, run_settings(model="free-bits-vae"), "ab" * 32)
    assert own.code != before.code


def test_every_run_of_a_report_has_its_own_name(small_report):
    settings = load_settings(small_report / "report.toml")
    keys = [run_spec(settings, run, "ab" * 32).key for run in settings.runs.values()]
    assert len(set(keys)) == len(settings.runs)


def test_an_unknown_model_is_named(small_report):
    settings = load_settings(small_report / "report.toml")
    with pytest.raises(ReportError, match=r"^report.toml: no model 'gan'; "):
        run_spec(settings, run_settings(model="gan"), "ab" * 32)


def test_the_files_of_a_trained_run(small_report):
    settings = load_settings(small_report / "report.toml")
    epochs = []
    place = DataPlace(settings.data, small_report / "data")
    spec = replace(SPEC, data=load_once(place).digest)
    [(key, files)] = train_runs("run", [spec], place, "cpu", epochs.append).items()
    assert key == spec.key
    assert epochs == [1, 2]
    assert json.loads(files["spec.json"])["settings"] == SPEC.settings.model_dump(mode="json")
    origin = json.loads(files["origin.json"])
    assert origin["device"] == "cpu"
    assert describe_processor("cpu").items() <= origin.items()
    assert json.loads(files["model.json"]) == {
        "label": "VAE",
        "variational": True,
        "parameters": 784 * 16 + 16 + 16 * 4 + 4 + 2 * 16 + 16 + 16 * 784 + 784,
    }
    weights = load(files["weights.safetensors"])
    assert weights["encoder.2.weight"].shape == (4, 16)
    snapshots = load(files["snapshots.safetensors"])
    assert snapshots["snapshot_epochs"].tolist() == [1, 2]
    assert snapshots["snapshot_originals"].shape == (10, 784), "one image of each class"
    assert files["history.csv"].startswith(b"epoch,learning_rate,seconds,train_negative_elbo,")
    assert files["history.csv"].count(b"\n") == 3


def test_a_model_of_ones_own_is_trained_and_measured_by_the_jobs(small_report, own_models):
    """Statistics of batches are kept with the weights, and are none of the parameters."""
    settings = load_settings(small_report / "report.toml")
    place = DataPlace(settings.data, small_report / "data")
    run = run_settings(model="conv-vae", hidden=(4,), options={"dropout": 0.5})
    spec = run_spec(settings, run, load_once(place).digest)
    [files] = train_runs("run", [spec], place, "cpu", print).values()

    model = load_model(run, PIXELS, files["weights.safetensors"])

    subject = Subject.of(model, load_once(place))
    measured = loss(subject, run.seed).values["validation"]
    history = pd.read_csv(io.BytesIO(files["history.csv"])).iloc[-1]
    for name, value in measured.items():
        if f"validation_{name}" in history:
            assert history[f"validation_{name}"] == pytest.approx(value)
    assert {"bce", "kl", "negative_elbo"} <= measured.keys()
    about = json.loads(files["model.json"])
    assert about["label"] == "Convolutional VAE"
    assert about["parameters"] == sum(each.numel() for each in model.parameters())
    bound = evidence(subject, importance_samples=5, seed=0, first=True).values["evidence"]["bound"]
    assert bound == pytest.approx(measured["negative_elbo"], rel=0.2)


def test_no_run_is_trained_on_other_images_than_it_names(small_report):
    place = DataPlace(load_settings(small_report / "report.toml").data, small_report / "data")
    with pytest.raises(ReportError, match="holds another data set") as raised:
        train_runs("run", [SPEC], place, "cpu", print)
    assert "\n" not in str(raised.value)


def test_a_second_of_training_tells_how_long_another_run_takes():
    """Timed before and after it, for how fast a machine is changes with what else it does."""

    settings = run_settings(hidden=(128, 64), latent=16, batch_size=128, epochs=1)
    pixels = torch.randint(256, (20_000, PIXELS), dtype=torch.uint8)
    threads = torch.get_num_threads()
    before = time_training("cpu")
    torch.set_num_threads(1)
    started = time.perf_counter()
    train(settings, Images(pixels, pixels[:2000], pixels[:1]))
    seconds = time.perf_counter() - started
    torch.set_num_threads(threads)
    timed = before, time_training("cpu")
    expected = work(settings, *pixels.shape)
    assert min(timed) * expected / 3 < seconds < 3 * max(timed) * expected


def test_more_epochs_and_more_weights_take_longer():
    base = work(run_settings(), 300, 100)
    assert work(run_settings(epochs=4), 300, 100) == 2 * base == work(run_settings(), 600, 100)
    assert work(run_settings(), 300, 200) > base
    for slower in ({"hidden": (32,)}, {"latent": 3}, {"batch_size": 16}):
        assert work(run_settings(**slower), 300, 100) > base
