"""Measurements of finished runs: each a pure function of a model and images, with its records."""

from vae_report.registry import found, load
from vae_report.results.metrics import Columns, Training, columns


def declared() -> dict[str, Columns]:
    """List the scalars of every record by its name; those of `Training` as `settings`."""
    shown = {"settings": columns(Training)}
    for name in found("measurement", "measurements").values():
        for group, fields in load(name).records.items():
            if scalars := columns(fields):
                shown[group] = shown.get(group, {}) | scalars
    return shown
