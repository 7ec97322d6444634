"""Both families against torch.distributions, finite differences and double precision."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import ContinuousBernoulli

from vae_report.models.likelihoods import BERNOULLI, CONTINUOUS_BERNOULLI, LIKELIHOODS

EVERY = pytest.mark.parametrize("likelihood", LIKELIHOODS.values(), ids=LIKELIHOODS)
LOGITS = st.floats(-30, 30, width=32)


@given(logit=st.floats(-12, 12), pixel=st.floats(0, 1))
def test_the_continuous_bernoulli_is_that_of_torch(logit, pixel):
    logits, pixels = torch.tensor([[logit]]).double(), torch.tensor([[pixel]]).double()
    # Torch's own goes by way of the probability, whose digits it loses next to 0, 1/2 and 1.
    expected = ContinuousBernoulli(logits=logits)
    torch.testing.assert_close(
        CONTINUOUS_BERNOULLI.cross_entropy(logits, pixels),
        -expected.log_prob(pixels).sum(dim=1),
        rtol=1e-5,
        atol=1e-5,
    )
    torch.testing.assert_close(
        CONTINUOUS_BERNOULLI.mean(logits), expected.mean, rtol=1e-5, atol=1e-5
    )


@given(logit=LOGITS)
def test_the_continuous_bernoulli_is_a_density(logit):
    pixels = torch.linspace(0, 1, 10_001).double()[:, None]
    density = torch.exp(-CONTINUOUS_BERNOULLI.cross_entropy(torch.tensor(logit).double(), pixels))
    assert torch.trapezoid(density, dx=1e-4).item() == pytest.approx(1, abs=1e-4)
    mean = torch.trapezoid(density * pixels[:, 0], dx=1e-4).item()
    assert CONTINUOUS_BERNOULLI.mean(torch.tensor(logit)).item() == pytest.approx(mean, abs=1e-4)


@EVERY
@pytest.mark.parametrize("size", [0.0, 1e-45, 1e-30, 1e-8, 1e-3, 0.499, 0.501, 3.0, 20.0, 88.0])
def test_single_precision_is_enough(likelihood, size):
    single = torch.tensor([-size, size])
    double = single.double()
    for function in likelihood:
        torch.testing.assert_close(
            function(single).double(), function(double), rtol=1e-6, atol=2e-7
        )


@EVERY
def test_no_logit_is_too_large(likelihood):
    logits = torch.tensor([-3e38, -1e5, 1e5, 3e38])
    mean = likelihood.mean(logits)
    torch.testing.assert_close(mean, torch.tensor([0.0, 0.0, 1.0, 1.0]), rtol=0, atol=1e-4)
    log_partition = likelihood.log_partition(logits)
    assert log_partition.isfinite().all()
    torch.testing.assert_close(log_partition, logits.relu(), rtol=1e-3, atol=100)


@EVERY
def test_a_loss_that_is_no_number_stays_none(likelihood):
    logits = torch.tensor([math.nan])
    assert likelihood.log_partition(logits).isnan().all()
    assert likelihood.mean(logits).isnan().all()


@EVERY
def test_the_gradient_is_that_of_finite_differences(likelihood):
    logits = torch.linspace(-12, 12, 49).double().requires_grad_()
    assert torch.autograd.gradcheck(likelihood.log_partition, [logits])


@EVERY
@given(logits=st.lists(LOGITS, min_size=1, max_size=9))
def test_the_gradient_is_the_mean(likelihood, logits):
    leaf = torch.tensor(logits, requires_grad=True)
    likelihood.log_partition(leaf).sum().backward()
    torch.testing.assert_close(leaf.grad, likelihood.mean(leaf.detach()), rtol=1e-6, atol=1e-6)


@EVERY
def test_a_batch_of_models_has_the_same_gradients(likelihood):
    logits = torch.randn(4, 3, 5, generator=torch.Generator().manual_seed(0))
    images = torch.rand(4, 3, 5, generator=torch.Generator().manual_seed(1))
    alone, batched = logits.clone().requires_grad_(), logits.clone().requires_grad_()
    expected = torch.stack(list(map(likelihood.cross_entropy, alone, images)))
    measured = torch.vmap(likelihood.cross_entropy)(batched, images)
    torch.testing.assert_close(measured, expected)
    weights = torch.arange(12.0).view(4, 3)
    for losses in (expected, measured):
        (losses * weights).sum().backward()
    torch.testing.assert_close(batched.grad, alone.grad)


def test_a_uniform_pixel():
    logits = torch.zeros(1, 4)
    pixels = torch.tensor([[0.0, 0.2, 0.7, 1.0]])
    assert CONTINUOUS_BERNOULLI.cross_entropy(logits, pixels).tolist() == [0.0]
    assert BERNOULLI.cross_entropy(logits, pixels).tolist() == pytest.approx([4 * math.log(2)])
    assert CONTINUOUS_BERNOULLI.mean(logits).tolist() == [[0.5] * 4]
