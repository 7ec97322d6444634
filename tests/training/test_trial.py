"""What is wrong with a model is said in one line, before anything is trained."""

import pytest
import torch

from small_report import run_settings, shapes
from vae_report.errors import ReportError
from vae_report.models.likelihoods import LIKELIHOODS
from vae_report.training.loop import Images
from vae_report.training.stacked import train_all
from vae_report.training.trial import try_model

pytestmark = pytest.mark.usefixtures("own_models")


def images():
    training = torch.from_numpy(shapes(40)[0])
    return Images(training, training[:20], training[:10])


@pytest.mark.parametrize("model", ["vae", "ae", "conv-vae", "free-bits-vae", "tc-vae"])
@pytest.mark.parametrize("likelihood", sorted(LIKELIHOODS))
@pytest.mark.parametrize("batch_size", [2, 64])
def test_a_model_that_works_passes(model, likelihood, batch_size):
    settings = run_settings(model=model, likelihood=likelihood, batch_size=batch_size)
    try_model("own", settings, images().training)


@pytest.mark.parametrize(
    ("model", "line", "what"),
    [
        ("raising", 12, "RuntimeError: the first line; correct"),
        (
            "square",
            16,
            "what decode gives is a tensor of shape (4, 28, 28) instead of a tensor of shape "
            "(4, 784); correct",
        ),
        ("pointless", 22, "encode gives a Tensor instead of a Code; correct"),
        (
            "certain",
            28,
            "the log-variance that encode gives is None instead of a tensor of shape (4, 2); ",
        ),
        (
            "per-image",
            34,
            "what loss gives is a tensor of shape (4,) instead of a tensor of shape (); ",
        ),
        ("detached", 40, "RuntimeError: element 0 of tensors does not require grad"),
        ("tied", 46, "RuntimeError: "),
    ],
)
def test_what_breaks_the_contract_is_said_before_training(model, line, what):
    epochs = []
    with pytest.raises(ReportError) as raised:
        train_all("own seed 0", [run_settings(model=model)], images(), epochs.append)
    said = str(raised.value)
    assert said.startswith(
        f"src/own/models/broken.py:{line}: run own seed 0: the model '{model}' cannot be trained: "
        f"{what}"
    )
    assert said.endswith("; correct it, or what report.toml says of the run.")
    assert "\n" not in said
    assert epochs == []


@pytest.mark.parametrize(
    ("model", "options", "what"),
    [
        ("vae", {"free_bits": 0.25}, "got an unexpected keyword argument 'free_bits'"),
        ("free-bits-vae", {"free_bit": 0.25}, "got an unexpected keyword argument 'free_bit'"),
        ("conv-vae", {"latent": 3}, "multiple values for argument 'latent'"),
    ],
)
def test_an_option_that_the_class_does_not_take_is_named(model, options, what):
    with pytest.raises(ReportError) as raised:
        try_model("own", run_settings(model=model, options=options), images().training)
    said = f"report.toml: options = {options} of a run of '{model}': {what}; correct them, or "
    assert str(raised.value).startswith(said)
    assert "\n" not in str(raised.value)
