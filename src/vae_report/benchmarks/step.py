"""How long a training step takes: ours, and what bounds it from either side.

Every way of taking it runs for a few steps, one way after the other, again and again. On a machine
that others use, ratios are taken within one such round and then their median, so that a slow
moment weighs on all ways alike.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from vae_report.fast_step import FastStep
from vae_report.models import AE, make_model
from vae_report.objectives import loss_terms
from vae_report.training import PlainStep

BATCH = 128
RATE = 1e-3

Step = Callable[[], object]
"""Takes one training step."""


def measure_steps(
    images: Tensor, latent: int, hidden: Sequence[int], rounds: int, burst: int = 10
) -> pd.DataFrame:
    """Time one training step of a VAE, with as many threads as torch is set to.

    Args:
        images: (N, pixels), uint8, N at least the batch size.
        latent: dimensions of the latent space.
        hidden: widths of the encoder's hidden layers.
        rounds: how often every way is timed.
        burst: steps that are timed together, enough that the first, which finds the caches full
            of another way's arrays, weighs little.

    Returns:
        Seconds a step: a row a round; the columns `products`, the matrix products of a step and
        nothing else; `fast` and `plain`, `FastStep` and `PlainStep`; and `recipe`, the loop of
        many tutorials.
    """
    products, fast, plain, recipe = (_model(images, latent, hidden) for _ in range(4))
    ways: dict[str, Step] = {
        "products": _products(products),
        "fast": _ours(FastStep(fast, beta=1.0), images, latent),
        "plain": _ours(PlainStep(plain, beta=1.0), images, latent),
        "recipe": _recipe(recipe, images),
    }
    for step in ways.values():
        _seconds(step, burst)
    return pd.DataFrame(
        [{name: _seconds(step, burst) for name, step in ways.items()} for _ in range(rounds)]
    )


def compare_steps(seconds: pd.DataFrame) -> pd.DataFrame:
    """Summarise what `measure_steps` returned.

    Returns:
        A row a way of taking the step. Milliseconds a step, its time in that of the products
        alone, and its speed in that of the recipe: for each the median, and the quartiles.
    """
    quantities = {
        "milliseconds": 1e3 * seconds,
        "times_products": seconds.div(seconds["products"], axis=0),
        "speed_up": 1 / seconds.div(seconds["recipe"], axis=0),
    }
    return pd.concat(
        {
            name: values.quantile([0.5, 0.25, 0.75]).T.set_axis(
                ["median", "lower_quartile", "upper_quartile"], axis=1
            )
            for name, values in quantities.items()
        },
        axis=1,
    )


def _seconds(step: Step, burst: int) -> float:
    started = time.perf_counter()
    for _ in range(burst):
        step()
    return (time.perf_counter() - started) / burst


def _model(images: Tensor, latent: int, hidden: Sequence[int]) -> AE:
    torch.manual_seed(0)
    return make_model("vae", latent, hidden, images.shape[1])


def _products(model: AE) -> Step:
    """All matrix products of a step, laid out as `FastStep` has them: none by the images."""
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


def _ours(step: FastStep | PlainStep, images: Tensor, latent: int) -> Step:
    batches = _batches(images, latent)
    return lambda: step(*next(batches), RATE)


def _batches(images: Tensor, latent: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield what a step of training is given; order and noise are drawn for an epoch at once."""
    order = torch.randperm(len(images)).split(BATCH)[: len(images) // BATCH]
    noise = torch.randn(len(order), BATCH, latent)
    for chosen, epsilon in cycle(zip(order, noise, strict=True)):
        yield images.index_select(0, chosen), epsilon


def _recipe(model: AE, images: Tensor) -> Step:
    """A data loader, autograd, and an optimizer with its defaults."""
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    batches = _loaded(_ToTensor(images))

    def step() -> float:
        pixels = next(batches).flatten(start_dim=1)
        noise = torch.randn(len(pixels), model.latent)
        loss = loss_terms(model, pixels, noise).loss(beta=1.0).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def _loaded(dataset: Dataset[tuple[Tensor, int]]) -> Iterator[Tensor]:
    loader = DataLoader(dataset, batch_size=BATCH, shuffle=True, drop_last=True)
    while True:
        for pixels, _ in loader:
            yield pixels


class _ToTensor(Dataset[tuple[Tensor, int]]):
    """What torchvision's Fashion-MNIST does with `ToTensor`: image by image, by way of Pillow."""

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
