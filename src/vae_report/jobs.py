"""What workers do: functions from plain values to files.

Each imports what it needs when it runs, so that to name a job costs nothing.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from vae_report.config import RunSettings
from vae_report.devices import choose_device
from vae_report.errors import ReportError
from vae_report.executor import Entries
from vae_report.results import ResultFolders
from vae_report.runs import DataPlace, RunSpec, load_once


def find_device(name: str, after_step: Callable[[int], None]) -> Entries:
    """Find the device that a name stands for: the only entry, without files."""
    return {choose_device(name): {}}


def train_runs(
    specs: Sequence[RunSpec], place: DataPlace, device: str, after_step: Callable[[int], None]
) -> Entries:
    """Train a run, or several of one shape together.

    Args:
        specs: of the runs.
        place: of the data set.
        device: to train on, as torch names it.
        after_step: told of each finished epoch.

    Returns:
        By the key of each spec `spec.json`, `origin.json` (what it was trained on),
        `weights.safetensors`, `history.csv` and `snapshots.safetensors`.
    """
    import torch
    from safetensors.torch import save

    from vae_report.examples import examples_of_each_class
    from vae_report.together import train_together
    from vae_report.training import Images, train

    dataset = load_once(place)
    if {dataset.digest} != {spec.data for spec in specs}:
        raise ReportError(
            f"{place.folder}: holds another data set ({dataset.source}) than the one that this "
            "build began with; make them the same, and run again."
        )
    fixed = examples_of_each_class(dataset.validation_labels, 1)
    splits = dataset.train_images, dataset.validation_images, dataset.validation_images[fixed]
    images = Images(*(torch.from_numpy(split).to(device) for split in splits))
    settings = [spec.settings for spec in specs]
    with _one_thread():
        if len(settings) == 1:
            trained = [train(settings[0], images, after_step)]
        else:
            trained = train_together(settings, images, after_step)
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


def measure_run(
    keys: Mapping[str, str],
    settings: RunSettings,
    weights: bytes,
    place: DataPlace,
    device: str,
    after_step: Callable[[int], None],
) -> Entries:
    """Measure a finished run.

    Args:
        keys: of the measurements to make, by the name of each.
        settings: of the run.
        weights: the contents of its `weights.safetensors`.
        place: of the data set.
        device: as torch names it.
        after_step: told of each measurement.

    Returns:
        By the key of each measurement `values.json` and `arrays.safetensors`.
    """
    from safetensors.numpy import save

    from vae_report.evaluation.measuring import MEASUREMENTS, Subject, load_model

    subject = Subject.of(load_model(settings, weights).to(device), load_once(place))
    entries = {}
    for done, (name, key) in enumerate(keys.items(), start=1):
        with _one_thread():
            found = MEASUREMENTS[name](subject)
        values = json.dumps(found.values, indent=1).encode()
        entries[key] = {"values.json": values, "arrays.safetensors": save(found.arrays)}
        after_step(done)
    return entries


def write_tables(
    results: ResultFolders, folder: Path, after_step: Callable[[int], None]
) -> Entries:
    """Write the metrics of all runs where they belong."""
    from vae_report.tables import write_metrics

    write_metrics(results.load(), folder)
    return {}


def draw_figure(
    name: str, results: ResultFolders, folder: Path, after_step: Callable[[int], None]
) -> Entries:
    """Draw a figure into a folder.

    Returns:
        By the figure's name `entry.json`, by which the pages know it.
    """
    from vae_report.figures import draw

    entry = draw(name, results.load(), folder)
    return {name: {"entry.json": entry.model_dump_json(indent=1).encode()}}


def execute_walkthrough(
    source: Path, target: Path, root: Path, data: Path, after_step: Callable[[int], None]
) -> Entries:
    """Execute the walkthrough on the finished runs; it is written where it belongs."""
    from vae_report.site.notebook import execute_notebook

    execute_notebook(source, target, root, {"VAE_REPORT_DATA": str(data)})
    return {}


@contextmanager
def _one_thread() -> Iterator[None]:
    """Leave the other threads to other jobs; their number shows in the last digits of results."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    # Adam's moments of weights that no longer change fade into numbers that are slow to compute.
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(before)
