"""The selection of the runs that a figure shows, and their names."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from vae_report.results import Diverged, NotMeasured, Results, RunResult


def runs_of(
    results: Results, *, variational: bool, smallest: int = 1, largest: float = math.inf
) -> list[RunResult]:
    """List the measured VAEs, or autoencoders, of the headline with a latent size within bounds.

    Raises:
        NotMeasured: There is none.
    """
    runs = [
        run
        for run in results.main_runs(variational=variational)
        if smallest <= run.settings.latent <= largest
    ]
    if not runs:
        bounds = f"{smallest}" if smallest == largest else f"{smallest} or more"
        raise NotMeasured(
            f"the headline has no {'VAE' if variational else 'AE'} with latent = {bounds} in this "
            "report"
        )
    return measured(runs)


def pairs(results: Results) -> dict[int, tuple[RunResult, RunResult]]:
    """Pair the headline's VAE and autoencoder of each latent size that both have, ascending.

    Raises:
        NotMeasured: There is no such size.
    """
    vaes, autoencoders = (
        {run.settings.latent: run for run in reversed(runs_of(results, variational=kind))}
        for kind in (True, False)
    )
    sizes = sorted(vaes.keys() & autoencoders.keys())
    if not sizes:
        raise NotMeasured("the headline has no VAE and AE of one latent size in this report")
    return {size: (vaes[size], autoencoders[size]) for size in sizes}


def measured(runs: Sequence[RunResult]) -> list[RunResult]:
    """Leave out the runs that diverged.

    Raises:
        Diverged: All runs diverged.
    """
    kept = [run for run in runs if not run.metrics.diverged]
    if not kept:
        raise Diverged(f"every run of {listed(run.name for run in runs)} diverged")
    return kept


def labels(runs: Sequence[RunResult]) -> list[str]:
    """Name each run by latent size and model, as in '2-D VAE', and its own name if two clash."""
    short = [f"{run.settings.latent}-D {run.metrics.label}" for run in runs]
    count = Counter(short)
    return [
        text if count[text] == 1 else f"{text} ({run.name})"
        for text, run in zip(short, runs, strict=True)
    ]


def seeds_of(runs: Iterable[RunResult]) -> str:
    """Count the seeds of runs, as in "5 seeds" or "3 to 5 seeds"; empty if each has only one."""
    counts = {len(run.replicates) for run in runs}
    least, most = min(counts), max(counts)
    if most == 1:
        return ""
    return f"{most} seeds" if least == most else f"{least} to {most} seeds"


def averaged(runs: Iterable[RunResult]) -> str:
    """Write over how many seeds values are means, as in ", mean over 5 seeds"; as `seeds_of`."""
    seeds = seeds_of(runs)
    return f", mean over {seeds}" if seeds else ""


def baseline_label(name: str) -> str:
    """Name a baseline of samples as `labels` names runs."""
    kind, _, size = name.partition("-")
    return f"{size}-D PCA" if kind == "pca" else {"real": "real images", "noise": "noise"}[kind]


def listed(parts: Iterable[str]) -> str:
    """Join parts as a sentence does: 'a', 'a and b', 'a, b and c'."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last
