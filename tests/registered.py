"""What the generator and the report hold, imported."""

from vae_report.claims import claims
from vae_report.registry import found, load

CLAIMS = claims()
FIGURES, MEASUREMENTS, MODELS, PERFORMANCE_FIGURES = (
    {name: load(each) for name, each in found(decorator, room).items()}
    for decorator, room in (
        ("figure", "figures"),
        ("measurement", "measurements"),
        ("model", "models"),
        ("figure", "benchmarks"),
    )
)
