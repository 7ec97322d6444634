"""Which runs can be trained together, and the job that does it."""

import json
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version

from vae_report.config import RunSettings
from vae_report.examples import examples_of_each_class
from vae_report.executor import Files
from vae_report.runs import DataPlace, RunSpec, load_once

_OWN = {"beta", "learning_rate", "warmup", "final_rate", "seed", "snapshots"}


def shape(settings: RunSettings) -> tuple[object, ...]:
    """Return all settings but those in which runs that are trained together may differ."""
    return tuple(value for name, value in settings if name not in _OWN)


def groups(specs: Mapping[str, RunSpec]) -> list[dict[str, RunSpec]]:
    """Divide runs into groups of one shape.

    Args:
        specs: of the runs, by name.

    Returns:
        The groups in the order of their first runs, and in each the runs in their order.
    """
    divided: dict[tuple[object, ...], dict[str, RunSpec]] = {}
    for name, spec in specs.items():
        divided.setdefault(shape(spec.settings), {})[name] = spec
    return list(divided.values())


def train_runs_together(
    specs: Sequence[RunSpec], place: DataPlace, device: str, after_epoch: Callable[[int], None]
) -> dict[str, Files]:
    """Train runs of one shape as one batch of models.

    Args:
        specs: of the runs.
        place: of the data set.
        device: as torch names it.
        after_epoch: told of each finished epoch, from 1.

    Returns:
        For the key of each spec, the files that `vae_report.runs.train_run` gives for it.
    """
    import torch
    from safetensors.torch import save

    from vae_report.together import train_together
    from vae_report.training import Images

    dataset = load_once(place)
    fixed = examples_of_each_class(dataset.validation_labels, 1)
    splits = dataset.train_images, dataset.validation_images, dataset.validation_images[fixed]
    images = Images(*(torch.from_numpy(split).to(device) for split in splits))
    trained = train_together([spec.settings for spec in specs], images, after_epoch)
    origin = {"device": device, "torch": version("torch")}
    return {
        spec.key: {
            "spec.json": spec.to_json().encode(),
            "origin.json": json.dumps(origin, indent=1).encode(),
            "weights.safetensors": save(run.model.cpu().state_dict()),
            "history.csv": run.history.to_csv(index=False, lineterminator="\n").encode(),
            "snapshots.safetensors": save(run.snapshots),
        }
        for spec, run in zip(specs, trained, strict=True)
    }
