r"""Likelihoods of a pixel given its logit: two exponential families on [0, 1].

Both have $\log p(x|a) = a x - A(a)$ for a pixel x and its logit a. The log-partition function A
tells them apart; its derivative is the expected pixel value.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import softplus


class Likelihood(NamedTuple):
    """An exponential family with one logit per pixel.

    Attributes:
        log_partition: The log-partition function A(a), elementwise.
        mean: The derivative of A, which is the expected pixel value.
    """

    log_partition: Callable[[Tensor], Tensor]
    mean: Callable[[Tensor], Tensor]

    def cross_entropy(self, logits: Tensor, images: Tensor) -> Tensor:
        r"""Sum $-\log p(x|a) = A(a) - a x$ over pixels.

        Args:
            logits: The logits, (N, pixels).
            images: The images, (N, pixels), in [0, 1].

        Returns:
            The sums, (N,), in nats per image.
        """
        return (self.log_partition(logits) - logits * images).sum(dim=1)


def _continuous_mean(logits: Tensor) -> Tensor:
    r"""Return $\frac{1}{1 - e^{-a}} - \frac{1}{a}$."""
    # Both terms grow without bound towards 0 and their difference is lost, so a series is used.
    # At the ends of its range the first omitted term is 7e-9.
    square = logits.square()
    series = 0.5 + logits * (1 / 12 - square * (1 / 720 - square / 30240))
    formula = -(torch.expm1(-logits).reciprocal() + logits.reciprocal())
    return torch.where(square < 0.25, series, formula)


class _ContinuousLogPartition(torch.autograd.Function):
    r"""$\log \frac{e^a - 1}{a}$; its gradient is the mean, where autograd's would cancel at 0."""

    generate_vmap_rule = True

    @staticmethod
    def forward(logits: Tensor) -> Tensor:
        # A(a) - a/2 is even, so no exponential overflows; 0 / 0 is avoided.
        size = logits.abs().clamp_min(torch.finfo(logits.dtype).tiny)
        return logits.relu() + torch.log(-torch.expm1(-size) / size)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: Tensor) -> None:  # noqa: ANN401
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:  # noqa: ANN401
        (logits,) = ctx.saved_tensors
        return gradient * _continuous_mean(logits)


def _continuous_log_partition(logits: Tensor) -> Tensor:
    values: Tensor = _ContinuousLogPartition.apply(logits)  # type: ignore[no-untyped-call]
    return values


BERNOULLI = Likelihood(softplus, torch.sigmoid)
r"""$A(a) = \log(1 + e^a)$, mean $\operatorname{sigmoid}(a)$. For pixels between 0 and 1, its
cross-entropy is not a likelihood in the strict sense."""

CONTINUOUS_BERNOULLI = Likelihood(_continuous_log_partition, _continuous_mean)
r"""$A(a) = \log \frac{e^a - 1}{a}$, mean $\frac{1}{1 - e^{-a}} - \frac{1}{a}$: a density on [0, 1]
(Loaiza-Ganem and Cunningham 2019, arXiv:1907.06845)."""

LIKELIHOODS = {"bernoulli": BERNOULLI, "continuous-bernoulli": CONTINUOUS_BERNOULLI}
"""The likelihoods by their names in `report.toml`."""
