"""Which runs a figure shows, and what it calls them."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from vae_report.errors import ReportError
from vae_report.results import Results, RunResult


def runs_of(
    results: Results, model: str, *, smallest: int = 1, largest: float = math.inf
) -> list[RunResult]:
    """The runs of one model whose latent size lies within bounds, in the report's order.

    Raises:
        ReportError: there is none.
    """
    runs = [
        run
        for run in results.runs.values()
        if run.settings.model == model and smallest <= run.settings.latent <= largest
    ]
    if not runs:
        bounds = f"{smallest}" if smallest == largest else f"{smallest} or more"
        raise ReportError(
            f'no run has model = "{model}" and a latent size of {bounds}; add one to report.toml.'
        )
    return runs


def labels(runs: Sequence[RunResult]) -> list[str]:
    """Name each run by latent size and model, as in '2-D VAE', and by more only where two clash."""
    short = [f"{run.settings.latent}-D {run.settings.model.upper()}" for run in runs]
    count = Counter(short)
    return [
        text if count[text] == 1 else f"{text} ({run.name})"
        for text, run in zip(short, runs, strict=True)
    ]


def listed(parts: Iterable[str]) -> str:
    """Join parts as a sentence does: 'a', 'a and b', 'a, b and c'."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last
