"""The terms of a finished run's loss."""

from vae_report.measurements.averages import PerImage, averaged
from vae_report.measurements.measuring import Measured, Subject, measurement
from vae_report.models.objectives import MeasuredTerms, measure_terms
from vae_report.training.streams import stream


@measurement
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
    for split in ("validation", "test"):
        values[split] = {"negative_elbo": None, "kl": None} | values[split]
    arrays = {f"test_{name}": term.numpy() for name, term in test._asdict().items()}
    return Measured(values, {"test_labels": labels, **arrays})


def _named(terms: MeasuredTerms, variational: bool) -> PerImage:
    """Give what there is of `vae_report.results.metrics.SplitMetrics`."""
    found = {"bce": terms.bce, "mean_decoded_loss": terms.mean_decoded_loss}
    if variational:
        found |= {"negative_elbo": terms.bce + terms.kl, "kl": terms.kl}
    return {name: term.numpy() for name, term in found.items()}
