"""The time that a 2-D VAE takes to become good: ours, and the usual recipe.

Both have one hidden layer of 256, as in many course reports. Quality is the validation loss,
decoding the mean, and the clock stands still while it is measured.
"""

import time
from collections.abc import Callable, Iterator
from math import ceil

import torch
from torch import Tensor, nn

from vae_report.benchmarks.names import RECIPE, TARGET
from vae_report.benchmarks.record import Curve, Findings, Summary, ratio, take_turns
from vae_report.benchmarks.setting import Setting
from vae_report.benchmarks.step import recipe_loader, recipe_step
from vae_report.models.autoencoders import AE, VAE
from vae_report.models.objectives import CHUNK, measure_terms
from vae_report.training.fast_step import FastStep

LATENT, HIDDEN = 2, (256,)

OURS = "ours"

_RECIPE_IMAGES = 15_000
_RECIPE_BATCH = 256
_RECIPE_EPOCHS = 30

# Chosen on the validation images, among batches of 32 to 256 images, each with its best rate. A
# peak of ten times the usual rate is safe if the rate rises and falls in straight lines.
_BATCH = 128
_PEAK_RATE = 1.6e-2
_WARMUP = 0.15
_EPOCHS = 1.9
_LOOKS = 19


def measure(setting: Setting) -> Findings:
    """Train both ways from several seeds, with a thread per core."""
    training = torch.from_numpy(setting.dataset.train_images)
    validation = torch.from_numpy(setting.dataset.validation_images)
    if setting.quick:
        training, validation = training[:3000], validation[:1000]
    epochs = setting.choose(_RECIPE_EPOCHS, 2)
    curves: dict[str, list[Curve]] = {RECIPE: [], OURS: []}

    def train(way: str, stretches: Callable[[AE], Iterator[object]]) -> float:
        torch.manual_seed(len(curves[way]))
        model = VAE(LATENT, HIDDEN, training.shape[1])
        curve = _watch(stretches(model), lambda: _loss(model, validation))
        curves[way].append(curve)
        return seconds_to(TARGET, curve)

    taken = take_turns(
        {
            RECIPE: lambda: train(RECIPE, lambda model: _recipe(model, training, epochs)),
            OURS: lambda: train(OURS, lambda model: _ours(model, training)),
        },
        setting.choose(3, 1),
    )
    last = {way: [curve[-1][1] for curve in curves[way]] for way in curves}
    return Findings(
        {
            "time to the target, or to the end": {
                **{way: Summary.of(seconds, "s") for way, seconds in taken.items()},
                "ours, as fast as the recipe": ratio(taken, RECIPE, OURS),
            },
            "validation loss at the end, decoding the mean": {
                way: Summary.of(losses, "nats") for way, losses in last.items()
            },
        },
        {"time_to_quality": {way: curves[way][0] for way in curves}},
    )


def seconds_to(target: float, curve: Curve) -> float:
    """Return the time at which a falling curve first reaches a target, else its end."""
    return next((seconds for seconds, loss in curve if loss <= target), curve[-1][0])


def _watch(stretches: Iterator[object], loss: Callable[[], float]) -> Curve:
    """Measure the loss after every stretch of a training, and the time of all stretches."""
    curve: Curve = []
    seconds, started = 0.0, time.perf_counter()
    for _ in stretches:
        seconds += time.perf_counter() - started
        curve.append((seconds, loss()))
        started = time.perf_counter()
    return curve


def _recipe(model: AE, training: Tensor, epochs: int) -> Iterator[None]:
    """Train as tutorials do, a stretch for each epoch."""
    step = recipe_step(model)
    loader = recipe_loader(training[:_RECIPE_IMAGES], _RECIPE_BATCH)
    for _ in range(epochs):
        for pictures, _ in loader:
            step(pictures)
        yield


def _ours(model: AE, training: Tensor) -> Iterator[None]:
    """Train on all images, about twice, at a high rate that falls to nothing."""
    _begin_at_mean(model, training)
    step = FastStep(model)
    total = int(_EPOCHS * len(training) / _BATCH)
    # Batches run on from one pass over the images into the next.
    passes = [torch.randperm(len(training)) for _ in range(ceil(_EPOCHS))]
    looks = {total * look // _LOOKS for look in range(1, _LOOKS + 1)}
    for done, chosen in enumerate(torch.cat(passes).split(_BATCH)[:total], start=1):
        noise = torch.randn(_BATCH, LATENT)
        step(training.index_select(0, chosen), noise, _rate((done - 1) / total), beta=1.0)
        if done in looks:
            yield


def _begin_at_mean(model: AE, training: Tensor) -> None:
    """Let the decoder begin with the mean image, which the first steps would else have to learn."""
    final = model.decoder[-1]
    assert isinstance(final, nn.Linear)
    with torch.no_grad():
        mean = torch.stack([chunk.sum(dim=0) for chunk in training.split(CHUNK)]).sum(dim=0)
        final.bias.copy_(torch.logit(mean / (255 * len(training)), eps=1e-3))


def _rate(progress: float) -> float:
    """Rise and fall in straight lines; progress goes from 0 to 1."""
    return _PEAK_RATE * min((progress + 1e-3) / _WARMUP, (1 - progress) / (1 - _WARMUP))


def _loss(model: AE, validation: Tensor) -> float:
    noise = torch.Generator().manual_seed(0)
    return measure_terms(model, validation, noise).mean_decoded_loss.mean().item()
