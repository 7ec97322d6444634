"""Figures of the benchmark, which depend on no run, so that `make bench` draws them."""

import pandas as pd
from matplotlib.figure import Figure

from vae_report.benchmarks.names import TARGET
from vae_report.benchmarks.record import Benchmark, Curve
from vae_report.figures.drawing import Drawing, figure
from vae_report.figures.themes import WIDTH, inches, marker

_PANEL_HEIGHT = 280


@figure
def time_to_quality(benchmark: Benchmark) -> Drawing:
    """Validation loss against seconds of training: ours, and the usual recipe."""
    curves = benchmark.curves["time_to_quality"]
    drawn = Figure(figsize=inches(WIDTH, _PANEL_HEIGHT), layout="constrained")
    axes = drawn.subplots()
    for number, (name, curve) in enumerate(curves.items()):
        axes.plot(*zip(*curve, strict=True), f"C{number}{marker(number)}-", label=name)
    axes.axhline(TARGET, color="C9", linestyle="--", label=f"{TARGET} nats")
    axes.set_ylim(TARGET - 2, TARGET + 25)
    axes.set_xlabel("seconds of training")
    axes.set_ylabel("nats per image")
    axes.legend()
    ends = "; ".join(
        f"{name} ends at {curve[-1][1]:.1f} nats after {curve[-1][0]:.1f} s"
        for name, curve in curves.items()
    )
    return Drawing(
        drawn, f"Validation loss, decoding the mean, by time. {ends}.", _table(curves), True
    )


@figure
def training_growth(benchmark: Benchmark) -> Drawing:
    """Seconds of training by the numbers of images, of runs, and of latent dimensions."""
    curves = benchmark.curves["training_growth"]
    drawn = Figure(figsize=inches(WIDTH, _PANEL_HEIGHT), layout="constrained")
    panels = drawn.subplots(1, len(curves), squeeze=False)[0]
    for panel, (quantity, curve) in zip(panels, curves.items(), strict=True):
        panel.plot(*zip(*curve, strict=True), "C0o-")
        panel.set_xlabel(quantity)
        panel.set_xlim(left=0)
        panel.set_ylim(bottom=0)
    panels[0].set_ylabel("seconds")
    ends = "; ".join(
        f"{curve[0][1]:.1f} s with {curve[0][0]:.0f} {quantity}, "
        f"{curve[-1][1]:.1f} s with {curve[-1][0]:.0f}"
        for quantity, curve in curves.items()
    )
    return Drawing(drawn, f"Seconds of one epoch of training: {ends}.", _table(curves), True)


def _table(curves: dict[str, Curve]) -> pd.DataFrame:
    rows = [(name, x, y) for name, curve in curves.items() for x, y in curve]
    return pd.DataFrame(rows, columns=["line", "x", "y"])
