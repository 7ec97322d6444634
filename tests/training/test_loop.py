"""Training: repeatable, on schedule, and kept as the report needs it."""

import hashlib
import io
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load, save

from small_report import run_settings, shapes
from vae_report.models.autoencoders import make_model
from vae_report.models.objectives import measure_terms
from vae_report.training import loop as training
from vae_report.training.fast_step import FastStep
from vae_report.training.loop import Images, kl_weight, learning_rate, train
from vae_report.training.streams import stream

LOSSES = ("negative_elbo", "bce", "kl")


def images():
    training, validation = (torch.from_numpy(shapes(count)[0]) for count in (300, 60))
    return Images(training, validation, validation[:10])


def weights(**changes):
    return save(train(run_settings(**changes), images()).model.state_dict())


@pytest.fixture(scope="module", params=["vae", "ae"])
def trained(request):
    return train(run_settings(model=request.param, epochs=5, snapshots=(1, 3, 9)), images())


@pytest.mark.parametrize("kind", ["vae", "ae"])
def test_the_same_settings_give_the_same_weights(kind):
    assert weights(model=kind) == weights(model=kind)


def test_another_process_gives_the_same_weights():
    program = "import hashlib, test_loop; print(hashlib.sha256(test_loop.weights()).hexdigest())"
    environment = os.environ | {
        "OMP_NUM_THREADS": str(torch.get_num_threads()),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    other = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parent,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == hashlib.sha256(weights()).hexdigest()


def test_the_state_of_the_global_generator_changes_nothing():
    before = weights()
    torch.manual_seed(12345)
    assert weights() == before


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"beta": 2.0},
        {"kl_warmup": 0.5},
        {"learning_rate": 2e-2},
        {"likelihood": "continuous-bernoulli"},
    ],
)
def test_other_settings_give_other_weights(change):
    assert weights(**change) != weights()


def test_a_vae_and_an_ae_of_one_seed_see_the_same_images_in_the_same_order(monkeypatch):
    seen = {"vae": [], "ae": []}

    class Recording(FastStep):
        def __call__(self, images, noise, rate, beta):
            seen["vae" if self.variational else "ae"].append(images.clone())
            return super().__call__(images, noise, rate, beta)

    monkeypatch.setattr(training, "FastStep", Recording)
    for kind, latent in (("vae", 2), ("ae", 5)):
        train(run_settings(model=kind, latent=latent), images())
    assert len(seen["vae"]) == len(seen["ae"]) == 2 * (300 // 32)
    assert all(map(torch.equal, seen["vae"], seen["ae"]))
    assert not torch.equal(seen["vae"][0], seen["vae"][300 // 32]), "one order for all epochs"


def test_history(trained):
    history = trained.history
    assert list(history) == [
        "epoch",
        "learning_rate",
        "seconds",
        *(f"{split}_{loss}" for split in ("train", "validation") for loss in LOSSES),
        "validation_mean_decoded_loss",
    ]
    assert history["epoch"].tolist() == [1, 2, 3, 4, 5]
    assert (history["seconds"] > 0).all()
    for split in ("train", "validation"):
        elbo, bce, kl = (history[f"{split}_{loss}"] for loss in LOSSES)
        if trained.model.variational:
            assert elbo.tolist() == pytest.approx((bce + kl).tolist())
            assert (kl > 0).all()
        else:
            assert elbo.isna().all()
            assert kl.isna().all()


def test_the_loss_falls(trained):
    for split in ("train", "validation"):
        bce = trained.history[f"{split}_bce"]
        assert bce.iloc[-1] < 0.8 * bce.iloc[0]


def test_the_recorded_rate_is_that_of_an_epochs_last_step(trained):
    settings = run_settings(epochs=5)
    steps = 300 // 32
    expected = [learning_rate(settings, epoch * steps - 1, 5 * steps) for epoch in range(1, 6)]
    assert trained.history["learning_rate"].tolist() == expected


def test_validation_samples_the_latent_vector(trained):
    last = trained.history.iloc[-1]
    measured = measure_terms(trained.model, images().validation, stream(0, "validation noise"))
    assert last["validation_bce"] == pytest.approx(measured.bce.mean().item())
    mean_decoded_loss = pytest.approx(measured.mean_decoded_loss.mean().item())
    assert last["validation_mean_decoded_loss"] == mean_decoded_loss
    if trained.model.variational:
        assert last["validation_mean_decoded_loss"] < last["validation_negative_elbo"]
    else:
        assert last["validation_mean_decoded_loss"] == last["validation_bce"]


def test_snapshots_are_kept_at_the_set_epochs_and_the_last(trained):
    kept = trained.snapshots
    fixed = images().fixed
    assert kept["snapshot_epochs"].tolist() == [1, 3, 5]
    assert torch.equal(kept["snapshot_originals"], fixed / 255)
    for name in ("snapshot_reconstructions", "snapshot_samples"):
        assert kept[name].shape == (3, 10, 784)
        assert 0 <= kept[name].min() < kept[name].max() <= 1
        assert not torch.equal(kept[name][0], kept[name][1])
    with torch.inference_mode():
        reconstructions = trained.model.pixels(trained.model(fixed / 255)[0])
    torch.testing.assert_close(kept["snapshot_reconstructions"][-1], reconstructions)


def test_a_model_is_trained_in_training_mode_and_measured_in_that_of_evaluation(own_models):
    settings = run_settings(model="conv-vae", hidden=(4,), epochs=3)
    trained = train(settings, images())
    kept = load(save(trained.model.state_dict()))
    alone = make_model(settings, 784)
    assert kept["encoder.2.num_batches_tracked"] == 3 * (300 // 32)
    alone.load_state_dict(kept)

    def losses(model):
        return measure_terms(model, images().validation, stream(0, "validation noise"))

    last = trained.history.iloc[-1]
    evaluated = losses(alone.eval())
    assert last["validation_bce"] == pytest.approx(evaluated.bce.mean().item())
    assert last["validation_kl"] == pytest.approx(evaluated.kl.mean().item())
    with torch.inference_mode():
        shown = alone.pixels(alone(images().fixed / 255)[0])
    torch.testing.assert_close(trained.snapshots["snapshot_reconstructions"][-1], shown)
    assert losses(alone.train()).bce.mean().item() != pytest.approx(last["validation_bce"])
    assert save(train(settings, images()).model.state_dict()) == save(kept), "dropout is repeatable"


def test_the_history_has_the_terms_of_the_elbo_whatever_is_trained(own_models):
    """A rate that is free up to 100 nats a dimension is not pressed down, and shows as it is."""
    pressed, free = (
        train(run_settings(model="free-bits-vae", epochs=5, options=options), images())
        for options in ({}, {"free_bits": 100.0})
    )
    assert save(pressed.model.state_dict()) != save(free.model.state_dict())
    last = free.history.iloc[-1]
    measured = measure_terms(free.model, images().validation, stream(0, "validation noise"))
    assert last["validation_kl"] == pytest.approx(measured.kl.mean().item())
    assert last["train_negative_elbo"] == pytest.approx(last["train_bce"] + last["train_kl"])
    assert pressed.history["train_kl"].iloc[-1] < last["train_kl"] < 200


def test_each_epoch_is_reported():
    epochs = []
    train(run_settings(epochs=3), images(), epochs.append)
    assert epochs == [1, 2, 3]


def test_a_batch_larger_than_the_data_set_is_the_data_set():
    history = train(run_settings(batch_size=10_000), images()).history
    assert history["train_bce"].notna().all()


@given(
    warmup=st.floats(0, 0.9),
    final_rate=st.floats(1e-4, 1),
    total=st.integers(30, 300),
    peak=st.floats(1e-5, 1),
)
def test_the_schedule_rises_to_its_peak_and_falls_to_its_final_rate(
    warmup, final_rate, total, peak
):
    settings = run_settings(warmup=warmup, final_rate=final_rate, learning_rate=peak)
    rates = [learning_rate(settings, step, total) for step in range(total)]
    rising = math.ceil(warmup * total)
    assert max(rates) == pytest.approx(peak)
    assert rates[max(rising - 1, 0)] == pytest.approx(peak)
    assert rates[-1] == pytest.approx(final_rate * peak)
    assert rates[:rising] == sorted(rates[:rising])
    assert rates[rising:] == sorted(rates[rising:], reverse=True)
    assert rates[0] == pytest.approx(peak / max(rising, 1))


@given(beta=st.floats(0, 16), kl_warmup=st.floats(0, 1), total=st.integers(1, 300))
def test_the_weight_of_the_kl_term_rises_from_0_to_beta(beta, kl_warmup, total):
    settings = run_settings(beta=beta, kl_warmup=kl_warmup)
    weights = [kl_weight(settings, step, total) for step in range(total + 1)]
    rising = math.ceil(kl_warmup * total)
    assert weights[:rising] == pytest.approx([beta * step / rising for step in range(rising)])
    assert weights[rising:] == [beta] * (total + 1 - rising)


@pytest.mark.parametrize(
    ("kind", "rate", "diverges"), [("vae", 0.2, False), ("vae", 1e6, True), ("ae", 1e30, True)]
)
def test_a_run_that_diverges_is_a_result(kind, rate, diverges):
    epochs = []
    settings = run_settings(model=kind, learning_rate=rate, epochs=4, snapshots=())
    run = train(settings, images(), epochs.append)
    assert epochs == [1, 2, 3, 4]
    history = pd.read_csv(io.StringIO(run.history.to_csv(index=False)))
    losses = history[["train_bce", "validation_bce"]]
    finite = np.isfinite(losses).all(axis=1).tolist()
    assert finite[:-1] == [True] * (len(history) - 1), "no row follows the first without a loss"
    assert finite[-1] != diverges
    assert len(history) == 4 or diverges
    assert run.snapshots["snapshot_epochs"].tolist() == [len(history)]
    assert save(run.model.state_dict())
