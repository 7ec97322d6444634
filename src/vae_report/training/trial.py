"""A trial of a model with a few images before training, which shows mistakes in it at once."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from safetensors.torch import save
from torch import Tensor

from vae_report.errors import ReportError
from vae_report.models import model_named
from vae_report.models.autoencoders import Code, as_pixels, make_model
from vae_report.models.objectives import seen_by
from vae_report.registry import place_of
from vae_report.settings import RunSettings

_FEW = 4


def try_model(title: str, settings: RunSettings, images: Tensor) -> None:
    """Let a new model of a run encode, decode and compute a gradient.

    Args:
        title: The name of the run.
        settings: The settings of the run.
        images: The training images, (N, pixels), uint8, on the device that is to train.

    Raises:
        ReportError: The model raises an exception, or breaks the contract in
            `vae_report.models.autoencoders`.
    """
    pixels = as_pixels(images[: min(_FEW, settings.batch_size)])
    noise = torch.zeros(len(pixels), settings.latent, device=pixels.device)
    with _one_line_for_any_error(title, settings.model):
        model = make_model(settings, pixels.shape[1]).to(pixels.device)
        for mode in (model.eval, model.train):
            mode()
            code = model.encode(pixels)
            if not isinstance(code, Code):
                raise _Breach(f"encode gives a {type(code).__name__} instead of a Code")
            _check("the mean that encode gives", code.mean, noise)
            wanted = noise if model.variational else None
            _check("the log-variance that encode gives", code.log_variance, wanted)
            _check("what decode gives", model.decode(code.mean), pixels)
        loss = model.loss(seen_by(model, pixels, noise, len(images)), 1.0)
        _check("what loss gives", loss, noise.sum())
        loss.backward()
        save(model.state_dict())


class _Breach(Exception):  # noqa: N818  # told like other exceptions, and without a name
    """A model breaks its contract."""


def _check(what: str, found: object, wanted: Tensor | None) -> None:
    shapes = [
        f"a tensor of shape {tuple(each.shape)}" if isinstance(each, Tensor) else f"{each}"
        for each in (found, wanted)
    ]
    if shapes[0] != shapes[1]:
        raise _Breach(f"{what} is {shapes[0]} instead of {shapes[1]}")


@contextmanager
def _one_line_for_any_error(title: str, model: str) -> Iterator[None]:
    try:
        yield
    except ReportError:
        raise
    except Exception as error:
        file, _, line = place_of(model_named(model)).partition(":")
        own = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename.endswith(file.removeprefix("src"))
        ]
        [said, *_] = f"{error}".splitlines() or [""]
        what = said if isinstance(error, _Breach) else f"{type(error).__name__}: {said}"
        raise ReportError(
            f"{file}:{[line, *own][-1]}: run {title}: the model '{model}' cannot be trained: "
            f"{what}; correct it, or what report.toml says of the run."
        ) from error
