"""A measurement besides those of the generator."""

from vae_report.measurements.measuring import Measured, Subject, measurement


@measurement
def tones(subject: Subject) -> Measured:
    """Average the pixels of each reconstructed test image: (T,)."""
    return Measured(arrays={"tones": subject.test_reconstructions.mean(dim=1).cpu().numpy()})
