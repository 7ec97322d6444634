"""The terms of a finished run's loss."""

from functools import partial
from typing import Annotated

from vae_report.measurements.averages import PerImage, averaged, of_images
from vae_report.measurements.measuring import Measured, Subject, measurement
from vae_report.models.objectives import MeasuredTerms, measure_terms
from vae_report.results.metrics import Scalar, record
from vae_report.training.streams import stream

_ALIKE = {"variational": "model", "likelihood": "likelihood"}
Bound = partial(Scalar, digits=2, best="lowest", unit="nats", alike=_ALIKE)
"""Loss in nats, comparable only between VAEs, or between autoencoders, of one likelihood."""


@record
class Terms:
    """Averages over the images of one split; an autoencoder has neither an ELBO nor a KL."""

    negative_elbo: Annotated[float | None, Bound("Negative ELBO")] = None
    bce: Annotated[float, Bound("BCE")]
    kl: Annotated[float | None, Scalar("KL", 2, unit="nats")] = None
    mean_decoded_loss: Annotated[float, Bound("Mean-decoded loss")]


@measurement(**of_images(Terms))
def loss(subject: Subject, seed: int) -> Measured:
    """Measure the terms of the loss; an autoencoder has neither an ELBO nor a KL."""
    variational = subject.model.variational
    validation, test = (
        measure_terms(subject.model, subject.images[split], stream(seed, f"{split} noise"))
        for split in ("validation", "test")
    )
    labels = subject.labels["test"]
    values = averaged(
        _named(validation, variational), _named(test, variational), labels, by_class=["bce"]
    )
    arrays = {f"test_{name}": term.numpy() for name, term in test._asdict().items()}
    return Measured(values, {"test_labels": labels, **arrays})


def _named(terms: MeasuredTerms, variational: bool) -> PerImage:
    """Name the terms of `Terms` that the model has."""
    found = {"bce": terms.bce, "mean_decoded_loss": terms.mean_decoded_loss}
    if variational:
        found |= {"negative_elbo": terms.bce + terms.kl, "kl": terms.kl}
    return {name: term.numpy() for name, term in found.items()}
