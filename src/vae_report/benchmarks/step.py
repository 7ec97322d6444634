"""The time of a training step: ours, and two bounds.

The upper bound is the recipe of many tutorials: a data loader that turns one image at a time into a
tensor, autograd, and an optimizer with its defaults. The lower bound is the time of the matrix
products, which every step of this model needs.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import cycle

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from vae_report.benchmarks.names import FAST, PLAIN, PRODUCTS, RECIPE
from vae_report.benchmarks.record import Findings, Summary, Turns, ratio, take_turns
from vae_report.benchmarks.setting import Setting
from vae_report.models.autoencoders import AE, VAE
from vae_report.models.objectives import loss_terms
from vae_report.training.fast_step import FastStep
from vae_report.training.loop import PlainStep

SHAPES = ((20, (400,)), (16, (512, 256)))
"""The numbers of latent dimensions, and the widths of the encoder's hidden layers."""

BATCH = 128
RATE = 1e-3

Step = Callable[[], object]
"""Takes one training step."""


def measure(setting: Setting) -> Findings:
    """Measure every shape with one thread and with two."""
    images = torch.from_numpy(setting.dataset.train_images)
    findings = Findings()
    for threads in (1, 2):
        torch.set_num_threads(threads)
        for latent, hidden in SHAPES:
            layers = "–".join(map(str, (images.shape[1], *hidden, latent)))
            taken = measure_steps(images, latent, hidden, turns=setting.choose(25, 2))
            group = f"{layers}, {threads} thread{'s' * (threads > 1)}"
            findings.tables[group] = compare_steps(taken)
    return findings


def measure_steps(
    images: Tensor, latent: int, hidden: Sequence[int], turns: int, burst: int = 10
) -> Turns:
    """Time one training step of a VAE, with as many threads as torch is set to.

    Args:
        images: The images, (N, pixels), uint8, N at least the batch size.
        latent: The number of latent dimensions.
        hidden: The widths of the encoder's hidden layers.
        turns: The number of times that every way of taking a step is timed.
        burst: The number of steps that are timed together, enough that the first, which finds the
            caches full of another way's arrays, hardly counts.

    Returns:
        The seconds per step of a step's matrix products alone, of `FastStep`, of `PlainStep`, and
        of the recipe.
    """
    steps = {name: make_step(images, latent, hidden) for name, make_step in WAYS.items()}

    def seconds(step: Step) -> float:
        started = time.perf_counter()
        for _ in range(burst):
            step()
        return (time.perf_counter() - started) / burst

    return take_turns(
        {name: partial(seconds, step) for name, step in steps.items()}, turns, discard=1
    )


def compare_steps(taken: Turns) -> dict[str, Summary]:
    """Summarise the result of `measure_steps`: the speed of every way, and their ratios."""
    speeds = {
        name: Summary.of([BATCH / each for each in seconds], "images/s")
        for name, seconds in taken.items()
    }
    return speeds | {
        "fast step, times its products": ratio(taken, FAST, PRODUCTS),
        "fast step, as fast as the plain step": ratio(taken, PLAIN, FAST),
        "fast step, as fast as the recipe": ratio(taken, RECIPE, FAST),
    }


def _model(images: Tensor, latent: int, hidden: Sequence[int]) -> AE:
    torch.manual_seed(0)
    return VAE(latent, hidden, images.shape[1])


def _products(images: Tensor, latent: int, hidden: Sequence[int]) -> Step:
    """Make a step of the matrix products of `FastStep`, without gradients by the images."""
    model = _model(images, latent, hidden)
    weights = [parameter.detach() for parameter in model.parameters() if parameter.ndim == 2]
    inputs = [torch.rand(weight.shape[1], BATCH) for weight in weights]
    outputs = [torch.rand(weight.shape[0], BATCH) for weight in weights]
    weight_gradients = [torch.empty_like(weight) for weight in weights]
    input_gradients = [torch.empty_like(values) for values in inputs]

    @torch.inference_mode()
    def step() -> None:
        for weight, values, results in zip(weights, inputs, outputs, strict=True):
            torch.mm(weight, values, out=results)
        for number in reversed(range(len(weights))):
            torch.mm(outputs[number], inputs[number].t(), out=weight_gradients[number])
            if number:
                torch.mm(weights[number].t(), outputs[number], out=input_gradients[number])

    return step


def _fast(images: Tensor, latent: int, hidden: Sequence[int]) -> Step:
    return _ours(FastStep(_model(images, latent, hidden)), images, latent)


def _plain(images: Tensor, latent: int, hidden: Sequence[int]) -> Step:
    return _ours(PlainStep(_model(images, latent, hidden), len(images)), images, latent)


def _ours(step: FastStep | PlainStep, images: Tensor, latent: int) -> Step:
    batches = _batches(images, latent)
    return lambda: step(*next(batches), RATE, 1.0)


def _batches(images: Tensor, latent: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield images and noise for a step of training; both are drawn for an epoch at once."""
    order = torch.randperm(len(images)).split(BATCH)[: len(images) // BATCH]
    noise = torch.randn(len(order), BATCH, latent)
    for chosen, epsilon in cycle(zip(order, noise, strict=True)):
        yield images.index_select(0, chosen), epsilon


def _recipe(images: Tensor, latent: int, hidden: Sequence[int]) -> Step:
    step = recipe_step(_model(images, latent, hidden))
    loader = recipe_loader(images, BATCH)

    def batches() -> Iterator[Tensor]:
        while True:
            yield from (pixels for pixels, _ in loader if len(pixels) == BATCH)

    given = batches()
    return lambda: step(next(given))


WAYS: dict[str, Callable[[Tensor, int, Sequence[int]], Step]] = {
    PRODUCTS: _products,
    FAST: _fast,
    PLAIN: _plain,
    RECIPE: _recipe,
}
"""Functions that make a step, from images, latent dimensions and hidden widths."""


def recipe_step(model: AE) -> Callable[[Tensor], float]:
    """Make a step of the recipe: autograd, and an optimizer with its defaults."""
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)

    def step(pictures: Tensor) -> float:
        pixels = pictures.flatten(start_dim=1)
        noise = torch.randn(len(pixels), model.latent)
        loss = loss_terms(model, pixels, noise).loss(beta=1.0).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def recipe_loader(images: Tensor, batch: int) -> DataLoader[tuple[Tensor, int]]:
    """Load shuffled batches of the recipe, image by image."""
    return DataLoader(_ToTensor(images), batch_size=batch, shuffle=True)


class _ToTensor(Dataset[tuple[Tensor, int]]):
    """The work of torchvision's Fashion-MNIST with `ToTensor`: image by image, through Pillow."""

    def __init__(self, images: Tensor) -> None:
        side = math.isqrt(images.shape[1])
        self.images = images.view(-1, side, side)
        self.labels = torch.zeros(len(images), dtype=torch.int64)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        picture = Image.fromarray(self.images[index].numpy())
        pixels = torch.from_numpy(np.array(picture)).view(picture.height, picture.width, 1)
        return pixels.permute(2, 0, 1).contiguous().float().div(255), int(self.labels[index])
