"""Stacked training: runs of one shape as one batch of models, which fills an accelerator."""

import time
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from vae_report.models.autoencoders import AE, Terms, as_pixels, make_model
from vae_report.models.objectives import seen_by
from vae_report.settings import RunSettings
from vae_report.training.loop import Images, RunInProgress, TrainedRun, train
from vae_report.training.runs import shape
from vae_report.training.trial import try_model


def train_all(
    title: str,
    settings: Sequence[RunSettings],
    images: Images,
    after_epoch: Callable[[int], None],
) -> list[TrainedRun]:
    """Train runs of one shape, stacked if there are several that can be, else one after the other.

    Args:
        title: The name of the runs for error messages about their model.
        settings: The runs.
        images: The images, on the device that is to train.
        after_epoch: A function that is called with the number of finished epochs, from 1 to the
            number of epochs of one run.

    Raises:
        ReportError: The model breaks its contract, which is checked before training.
    """
    try_model(title, settings[0], images.training)
    count = len(settings)
    if count > 1 and can_be_stacked(settings[0], images.training):
        return train_stacked(settings, images, after_epoch)

    def trained(number: int, run: RunSettings) -> TrainedRun:
        before = number * run.epochs
        return train(run, images, lambda epoch: after_epoch((before + epoch) // count))

    return [trained(*each) for each in enumerate(settings)]


def can_be_stacked(settings: RunSettings, images: Tensor) -> bool:
    """Try with a few images whether runs of a model can be trained as one batch.

    They cannot if a model keeps more than weights, as batch normalisation does, or if it draws at
    random, as dropout does.

    Args:
        settings: The settings of a run.
        images: The training images, (N, pixels), uint8.
    """
    few = images[:2].expand(2, -1, -1)
    models = [make_model(settings, images.shape[1]).to(images.device) for _ in few]
    noise = torch.zeros(*few.shape[:2], settings.latent, device=images.device)
    each = torch.ones(2, device=images.device)
    try:
        StackedStep(models, len(images))(few, noise, each, each)
    except Exception:  # any exception of torch: the model was seen to work alone
        return False
    return not list(models[0].buffers())


def train_stacked(
    settings: Sequence[RunSettings],
    images: Images,
    after_epoch: Callable[[int], None] = lambda epoch: None,
) -> list[TrainedRun]:
    """Train several models at once, each as `vae_report.training.loop.train` trains it alone.

    A run has the same initial weights, order of images, noise, learning rates and weights of the
    KL term as when it is trained alone. Its loss and its weights are the same up to rounding, which
    depends on the other runs. A run that diverges ends, and the others go on. The `seconds` in a
    history are the time of all runs divided by their number.

    Args:
        settings: The settings of runs of one `vae_report.training.runs.shape`.
        images: The images, on the device that is to train.
        after_epoch: A function that is called with the number of each finished epoch, from 1.

    Returns:
        The trained runs, in the order of their settings.
    """
    if len({shape(each) for each in settings}) != 1:
        raise ValueError("runs that are trained together must be of one shape")
    device = images.training.device
    runs = [RunInProgress(each, images) for each in settings]
    step = StackedStep([run.model for run in runs], len(images.training))
    for epoch in range(1, settings[0].epochs + 1):
        started = time.perf_counter()
        orders, noises = zip(*(run.draw() for run in runs), strict=True)
        order, noise = (torch.stack(drawn, dim=1).to(device) for drawn in (orders, noises))
        schedules = torch.tensor([run.schedule(epoch) for run in runs]).to(device)
        summed = torch.zeros(len(runs), 2, device=device)
        for chosen, epsilon, (rates, betas) in zip(
            order, noise, schedules.permute(2, 1, 0), strict=True
        ):
            summed += step(images.training[chosen], epsilon, rates, betas)
        means = (summed / len(order)).tolist()
        seconds = (time.perf_counter() - started) / len(runs)
        for run, (bce, kl) in zip(runs, means, strict=True):
            if not run.diverged:
                run.record(epoch, seconds, bce, kl)
        after_epoch(epoch)
    return [run.finished() for run in runs]


class StackedStep:
    """One step of Adam (Kingma and Ba 2015, arXiv:1412.6980) for each of R models, by autograd.

    Every layer becomes one batched product. The models' gradients are independent and Adam is
    elementwise, so a model whose loss is no longer finite does not disturb the others.

    Args:
        models: Models of one class and shape, on one device. Their parameters become views of one
            matrix with a row for each, which the steps update in place.
        train_images: The number of all training images.
    """

    def __init__(self, models: Sequence[AE], train_images: int) -> None:
        weights = torch.stack([parameters_to_vector(each.parameters()) for each in models]).detach()
        for model, row in zip(models, weights, strict=True):
            vector_to_parameters(row, model.parameters())
        module = _Objective(models[0], train_images)
        parameters = dict(module.named_parameters())
        columns = weights.split([each.numel() for each in parameters.values()], dim=1)
        self._stacked = {
            name: part.unflatten(1, parameter.shape).detach().requires_grad_()
            for (name, parameter), part in zip(parameters.items(), columns, strict=True)
        }
        self._objective = torch.vmap(partial(functional_call, module))
        self._adam = _Adam(weights)

    def __call__(self, images: Tensor, noise: Tensor, rates: Tensor, betas: Tensor) -> Tensor:
        """Update the weights.

        Args:
            images: The images, (R, N, pixels), uint8.
            noise: Standard normal noise, (R, N, L).
            rates: The learning rates, (R,).
            betas: The weights of the KL terms, (R,).

        Returns:
            The BCE and KL before the update, (R, 2), in nats, averaged over the batch.
        """
        losses, terms = self._objective(self._stacked, (as_pixels(images), noise, betas))
        gradients = torch.autograd.grad(losses.sum(), list(self._stacked.values()))
        self._adam.update(torch.cat([each.flatten(1) for each in gradients], dim=1), rates)
        return torch.stack([terms.bce, terms.kl], dim=1).detach().mean(dim=2)


class _Objective(nn.Module):
    """A model as a module whose output is the loss and its terms."""

    def __init__(self, model: AE, train_images: int) -> None:
        super().__init__()
        self.model = model
        self.train_images = train_images

    def forward(self, pixels: Tensor, noise: Tensor, beta: Tensor) -> tuple[Tensor, Terms]:
        batch = seen_by(self.model, pixels, noise, self.train_images)
        return self.model.loss(batch, beta), batch.terms


class _Adam:
    """Adam with torch's defaults, but with a learning rate for each row.

    Args:
        weights: The weights of R models, (R, P).
    """

    def __init__(self, weights: Tensor) -> None:
        self._weights = weights
        self._means, self._squares = torch.zeros_like(weights), torch.zeros_like(weights)
        self._steps = 0

    def update(self, gradients: Tensor, rates: Tensor) -> None:
        """Update the weights.

        Args:
            gradients: The gradients, (R, P).
            rates: The learning rates, (R,).
        """
        decay, square_decay, epsilon = 0.9, 0.999, 1e-8
        self._steps += 1
        self._means.lerp_(gradients, 1 - decay)
        self._squares.mul_(square_decay).addcmul_(gradients, gradients, value=1 - square_decay)
        sizes = rates.unsqueeze(1) / (1 - decay**self._steps)
        deviations = self._squares.sqrt().div_((1 - square_decay**self._steps) ** 0.5)
        self._weights.addcdiv_(sizes * self._means, deviations.add_(epsilon), value=-1)
