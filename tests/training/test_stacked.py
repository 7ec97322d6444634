import math
import time

import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load, save

from small_report import REPORT, run_settings, shapes, write_shapes
from vae_report.settings import load_settings
from vae_report.stages.training import train_runs
from vae_report.training.loop import Images, train
from vae_report.training.runs import DataPlace, load_once, run_spec, shape
from vae_report.training.stacked import can_be_stacked, train_all, train_stacked

VARIED = [
    {"seed": 0},
    {"seed": 1, "beta": 0.0, "snapshots": (2, 3)},
    {"seed": 2, "beta": 4.0, "learning_rate": 1e-3, "warmup": 0.0},
    {"seed": 0, "learning_rate": 3e-2, "final_rate": 1.0, "warmup": 0.5, "kl_warmup": 0.7},
]


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """Networks as small as these take longer on several threads, and many times so under load."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def images():
    training, validation = (torch.from_numpy(shapes(count)[0]) for count in (250, 60))
    return Images(training, validation, validation[:10])


def assert_alike(stacked, alone):
    """Compare all that two trainings of one run left, but for the time that they took."""
    pd.testing.assert_frame_equal(
        stacked.history.drop(columns="seconds"), alone.history.drop(columns="seconds"), rtol=1e-4
    )
    assert list(stacked.history) == list(alone.history)
    assert type(stacked.model) is type(alone.model)
    for measured, expected in (
        (stacked.model.state_dict(), alone.model.state_dict()),
        (stacked.snapshots, alone.snapshots),
    ):
        torch.testing.assert_close(measured, expected, rtol=1e-3, atol=1e-3, equal_nan=True)


@pytest.mark.parametrize("model", ["vae", "ae"])
@pytest.mark.parametrize("likelihood", ["bernoulli", "continuous-bernoulli"])
def test_each_run_is_what_it_is_alone(images, model, likelihood):
    runs = [run_settings(model=model, likelihood=likelihood, epochs=6, **own) for own in VARIED]

    for run, stacked in zip(runs, train_stacked(runs, images), strict=True):
        assert_alike(stacked, train(run, images))


@settings(deadline=None, max_examples=15)
@given(
    model=st.sampled_from(["vae", "ae"]),
    latent=st.integers(1, 5),
    hidden=st.lists(st.integers(1, 20), min_size=1, max_size=3).map(tuple),
    batch_size=st.integers(16, 300),  # of fewer, a step amplifies rounding
    betas=st.lists(st.sampled_from([0.0, 0.5, 1.0, 8.0]), min_size=1, max_size=5),
)
def test_any_shape_and_number_of_runs(images, model, latent, hidden, batch_size, betas):
    few = Images(images.training[:40, 300:350], images.validation[:, 300:350], images.fixed[:, :50])
    common = {"model": model, "latent": latent, "hidden": hidden, "batch_size": batch_size}
    runs = [run_settings(**common, beta=beta, seed=seed) for seed, beta in enumerate(betas)]

    for run, stacked in zip(runs, train_stacked(runs, few), strict=True):
        assert_alike(stacked, train(run, few))


@pytest.mark.parametrize(
    ("model", "options"), [("free-bits-vae", {"free_bits": 0.5}), ("tc-vae", {})]
)
def test_another_objective_is_stacked_as_well(images, own_models, model, options):
    runs = [run_settings(model=model, options=options, seed=seed) for seed in (0, 1)]
    assert can_be_stacked(runs[0], images.training)
    for run, stacked in zip(runs, train_all("runs", runs, images, print), strict=True):
        assert_alike(stacked, train(run, images))


def test_a_model_that_cannot_be_stacked_is_trained_run_by_run(images, own_models):
    """Statistics of batches and dropout are a model's own."""
    runs = [run_settings(model="conv-vae", hidden=(3,), seed=seed) for seed in (0, 1)]
    assert not can_be_stacked(runs[0], images.training)
    epochs = []
    for run, trained in zip(runs, train_all("runs", runs, images, epochs.append), strict=True):
        assert save(trained.model.state_dict()) == save(train(run, images).model.state_dict())
    assert epochs == sorted(epochs)
    assert epochs[-1] == runs[0].epochs


def test_runs_learn(images):
    for run in train_stacked([run_settings(seed=seed, epochs=8) for seed in (0, 1)], images):
        loss = run.history["train_negative_elbo"]
        assert loss.iloc[-1] < 0.8 * loss.iloc[0]


@pytest.mark.parametrize("model", ["vae", "ae"])
def test_a_run_that_diverges_leaves_its_neighbours_alone(images, model):
    healthy = [run_settings(model=model, seed=seed) for seed in (0, 1)]
    doomed = run_settings(model=model, learning_rate=1e30)

    first, diverged, last = train_stacked([healthy[0], doomed, healthy[1]], images)

    assert not math.isfinite(diverged.history["train_bce"].iloc[-1])
    assert_alike(diverged, train(doomed, images))
    for run, stacked in zip(healthy, (first, last), strict=True):
        assert_alike(stacked, train(run, images))


def test_the_time_of_all_is_shared_out(images):
    runs = [run_settings(seed=seed, batch_size=4) for seed in range(5)]
    started = time.perf_counter()
    trained = train_stacked(runs, images)
    elapsed = time.perf_counter() - started
    assert 0 < sum(run.history["seconds"].sum() for run in trained) < elapsed


def test_every_epoch_is_told_once(images):
    epochs = []
    train_stacked([run_settings(seed=seed) for seed in (0, 1)], images, epochs.append)
    assert epochs == [1, 2]


def test_images_are_left_alone(images):
    before = images.training.clone()
    train_stacked([run_settings()], images)
    assert torch.equal(images.training, before)


@pytest.mark.parametrize("runs", [[], [run_settings(latent=2), run_settings(latent=3)]])
def test_only_runs_of_one_shape_are_stacked(images, runs):
    with pytest.raises(ValueError, match="one shape"):
        train_stacked(runs, images)


@pytest.mark.parametrize("own", VARIED)
def test_what_is_a_number_of_its_own_leaves_the_shape(own):
    assert shape(run_settings(**own)) == shape(run_settings())


@pytest.mark.parametrize(
    "common",
    [
        {"model": "ae"},
        {"likelihood": "continuous-bernoulli"},
        {"latent": 3},
        {"hidden": (16, 8)},
        {"batch_size": 16},
        {"epochs": 5},
        {"options": {"free_bits": 0.5}},
    ],
)
def test_what_all_runs_must_share_changes_the_shape(common):
    assert shape(run_settings(**common)) != shape(run_settings())


def test_the_job_gives_each_run_the_files_of_a_run_trained_alone(tmp_path):
    (tmp_path / "report.toml").write_text(REPORT)
    write_shapes(tmp_path / "data")
    report = load_settings(tmp_path / "report.toml")
    place = DataPlace(report.data, tmp_path / "data")
    specs = [run_spec(report, run_settings(seed=seed), load_once(place).digest) for seed in (0, 1)]

    stacked = train_runs("runs", specs, place, "cpu", lambda epoch: None)

    assert list(stacked) == [spec.key for spec in specs]
    for spec in specs:
        [alone] = train_runs("run", [spec], place, "cpu", lambda epoch: None).values()
        files = stacked[spec.key]
        assert files.keys() == alone.keys()
        assert files["spec.json"] == alone["spec.json"]
        assert files["origin.json"] == alone["origin.json"]
        torch.testing.assert_close(
            load(files["weights.safetensors"]),
            load(alone["weights.safetensors"]),
            rtol=1e-3,
            atol=1e-3,
        )
