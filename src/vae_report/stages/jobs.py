"""What workers do: functions from plain values to files.

Each imports what it needs when it runs, so that to name a job costs nothing.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vae_report.engine.files import write_bytes
from vae_report.engine.workers import Entries
from vae_report.errors import ReportError
from vae_report.registry import CODE, found, load
from vae_report.results import NotMeasured
from vae_report.results.stored import ResultFolders, diverged, load_history
from vae_report.settings import PIXELS, ClassifierSettings, ExplorerSettings, RunSettings
from vae_report.training.devices import choose_device, describe_processor
from vae_report.training.runs import TIMED, DataPlace, RunSpec, load_once, work

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

    from vae_report.data import Dataset
    from vae_report.measurements.judge import Judge
    from vae_report.measurements.measuring import Measured


def find_device(name: str, after_step: Callable[[int], None]) -> Entries:
    """Find the device that a name stands for: the only entry, without files."""
    return {choose_device(name): {}}


_TIMED_IMAGES = 3200


def time_training(device: str, after_step: Callable[[int], None]) -> Entries:
    """Train on made-up images for about a second.

    Args:
        device: to train on, as torch names it.
        after_step: told nothing.

    Returns:
        As the name of the only entry, without files, how many times as long training took as on the
        reference machine.
    """
    import torch

    from vae_report.training.loop import Images, train

    noise = torch.randint(256, (_TIMED_IMAGES, PIXELS), dtype=torch.uint8).to(device)
    images = Images(noise, noise[: _TIMED_IMAGES // 10], noise[:1])
    with _one_thread():
        train(TIMED, images)  # The first steps are slow.
        runs, started = 0, time.perf_counter()
        while (seconds := time.perf_counter() - started) < 1:
            train(TIMED, images)
            runs += 1
    return {str(seconds / runs / work(TIMED, _TIMED_IMAGES)): {}}


def train_runs(
    specs: Sequence[RunSpec[RunSettings]],
    place: DataPlace,
    device: str,
    after_step: Callable[[int], None],
) -> Entries:
    """Train a run, or several of one shape together.

    Args:
        specs: of the runs.
        place: of the data set.
        device: to train on, as torch names it.
        after_step: told of each finished epoch.

    Returns:
        By the key of each spec `spec.json`, `origin.json` (on what it was trained),
        `weights.safetensors`, `history.csv` and `snapshots.safetensors`.
    """
    import torch
    from safetensors.torch import save

    from vae_report.data.examples import examples_of_each_class
    from vae_report.training.loop import Images, train
    from vae_report.training.stacked import train_together

    dataset = _load_as_specified(place, {spec.data for spec in specs})
    fixed = examples_of_each_class(dataset.validation_labels, 1)
    splits = dataset.train_images, dataset.validation_images, dataset.validation_images[fixed]
    images = Images(*(torch.from_numpy(split).to(device) for split in splits))
    settings = [spec.settings for spec in specs]
    with _one_thread():
        if len(settings) == 1:
            trained = [train(settings[0], images, after_step)]
        else:
            trained = train_together(settings, images, after_step)
    return {
        spec.key: {
            **_stored(spec, device, run.model.cpu().state_dict(), run.history),
            "snapshots.safetensors": save(run.snapshots),
        }
        for spec, run in zip(specs, trained, strict=True)
    }


def train_judge(
    spec: RunSpec[ClassifierSettings],
    place: DataPlace,
    device: str,
    after_step: Callable[[int], None],
) -> Entries:
    """Train the classifier that judges samples.

    Args:
        spec: of it.
        place: of the data set.
        device: to train on, as torch names it.
        after_step: told of each finished epoch.

    Returns:
        By the spec's key the files of a run but for the snapshots.
    """
    import torch

    from vae_report.training.classifier import train_classifier

    dataset = _load_as_specified(place, {spec.data})
    images = torch.from_numpy(dataset.train_images).to(device)
    labels = torch.from_numpy(dataset.train_labels).to(device)
    with _one_thread():
        classifier, history = train_classifier(
            spec.settings, images, labels, len(dataset.classes), after_step
        )
    return {spec.key: _stored(spec, device, classifier.cpu().state_dict(), history)}


def _load_as_specified(place: DataPlace, digests: Set[str]) -> "Dataset":
    """Load the data set that runs are to be trained on, and no other."""
    dataset = load_once(place)
    if {dataset.digest} != digests:
        raise ReportError(
            f"{place.folder}: holds another data set ({dataset.source}) than the one that this "
            "build began with; make them the same, and run again."
        )
    return dataset


def _stored(
    spec: RunSpec[Any], device: str, weights: "dict[str, Tensor]", history: "pd.DataFrame"
) -> dict[str, bytes]:
    """What the store keeps of anything that was trained."""
    from safetensors.torch import save

    origin = {"device": device, **describe_processor(device), "torch": version("torch")}
    return {
        "spec.json": spec.to_json().encode(),
        "origin.json": json.dumps(origin, indent=1).encode(),
        "weights.safetensors": save(weights),
        "history.csv": history.to_csv(index=False, lineterminator="\n").encode(),
    }


@dataclass(frozen=True)
class JudgePlace:
    """Where a process finds the classifier that judges samples."""

    settings: ClassifierSettings
    weights: Path
    data: DataPlace
    device: str


@cache
def _load_judge(place: JudgePlace) -> "Judge":
    """Load the judge, once for all the measurements of a process."""
    from vae_report.measurements.judge import Judge

    dataset = load_once(place.data)
    return Judge.of(place.settings, place.weights.read_bytes(), dataset, place.device)


def measure_run(
    keys: Mapping[str, str],
    settings: RunSettings,
    run: Path,
    judge: JudgePlace,
    others: Mapping[str, object],
    after_step: Callable[[int], None],
) -> Entries:
    """Measure a finished run.

    Args:
        keys: of the measurements to make, by the name of each.
        settings: of the run.
        run: its folder.
        judge: place of the judge.
        others: arguments of measurements besides, by the names of their parameters.
        after_step: told of each measurement.

    Returns:
        By the key of each measurement `values.json` and `arrays.safetensors`; of a run that
        diverged, both are empty.
    """
    from vae_report.measurements.measuring import Measured, Subject, load_model

    if diverged(load_history(run)):
        return {key: _measured(Measured()) for key in keys.values()}
    model = load_model(settings, (run / "weights.safetensors").read_bytes()).to(judge.device)
    subject = Subject.of(model, load_once(judge.data))
    entries, functions = {}, found("measurement", "measurements")
    for done, (name, key) in enumerate(keys.items(), start=1):
        with _one_thread():
            _, *asked = CODE.parameters_of(functions[name])
            given = {
                parameter: _load_judge(judge) if parameter == "judge" else others[parameter]
                for parameter in asked
            }
            entries[key] = _measured(load(functions[name])(subject, **given))
        after_step(done)
    return entries


def measure_baselines(
    key: str,
    judge: JudgePlace,
    generated: int,
    latents: Sequence[int],
    after_step: Callable[[int], None],
) -> Entries:
    """Measure the judge itself, and what samples are compared with.

    Args:
        key: of the measurement.
        judge: place of the judge.
        generated: number of images of each kind.
        latents: numbers of principal components.
        after_step: told nothing: this is one step.

    Returns:
        By the key `values.json` and `arrays.safetensors`.
    """
    import torch

    from vae_report.measurements.baselines import baselines

    with _one_thread():
        images = torch.from_numpy(load_once(judge.data).train_images).to(judge.device)
        found = baselines(_load_judge(judge), images, generated, latents, judge.settings.seed)
        return {key: _measured(found)}


def _measured(found: "Measured") -> dict[str, bytes]:
    from safetensors.numpy import save

    values = json.dumps(found.values, indent=1).encode()
    return {"values.json": values, "arrays.safetensors": save(found.arrays)}


def write_tables(
    results: ResultFolders, folder: Path, after_step: Callable[[int], None]
) -> Entries:
    """Write the metrics of all runs where they belong."""
    from vae_report.results.tables import write_metrics

    write_metrics(results.load(), folder)
    return {}


def decide_claims(results: ResultFolders, path: Path, after_step: Callable[[int], None]) -> Entries:
    """Decide every claim, and write the verdicts where they belong."""
    from vae_report.claims import write_claims

    write_claims(results.load(), path)
    return {}


def draw_figure(
    name: str, results: ResultFolders, folder: Path, after_step: Callable[[int], None]
) -> Entries:
    """Draw a figure into a folder.

    Returns:
        By the figure's name `entry.json`, by which the pages know it; of a figure that shows runs
        which this profile leaves out, why it was not drawn.
    """
    from vae_report.figures import draw

    try:
        entry = draw(name, results.load(), folder).model_dump_json(indent=1)
    except NotMeasured as reason:
        entry = json.dumps({"not_measured": str(reason)}, indent=1)
    return {name: {"entry.json": entry.encode()}}


def draw_card(
    pages: Path, results: ResultFolders, folder: Path, after_step: Callable[[int], None]
) -> Entries:
    """Draw the card of a report, titled as the configuration of its pages says, into a folder.

    Returns:
        By the name "card" `entry.json`, by which the pages know it; empty in a profile without what
        the card shows.
    """
    from mkdocs.utils.yaml import yaml_load

    from vae_report.figures.card import draw

    with pages.open(encoding="utf-8") as source:
        title = yaml_load(source)["site_name"]
    try:
        entry = draw(title, results.load(), folder).model_dump_json(indent=1)
    except NotMeasured:
        entry = "{}"
    return {"card": {"entry.json": entry.encode()}}


def execute_walkthrough(
    source: Path, target: Path, root: Path, data: Path, after_step: Callable[[int], None]
) -> Entries:
    """Execute the walkthrough on the finished runs; it is written where it belongs."""
    from vae_report.site.notebook import execute_notebook

    execute_notebook(source, target, root, {"VAE_REPORT_DATA": str(data)})
    return {}


def export_explorer(
    settings: ExplorerSettings,
    runs: Sequence[tuple[str, RunSettings, Path]],
    place: DataPlace,
    folder: Path,
    after_step: Callable[[int], None],
) -> Entries:
    """Write what the explorer loads where it belongs: runs by name, settings and folder."""
    from vae_report.explorer.export import Run, write_explorer

    with _one_thread():
        write_explorer(settings, [Run(*run) for run in runs], load_once(place), folder)
    return {}


def print_paper(site: Path, date: int, target: Path, after_step: Callable[[int], None]) -> Entries:
    """Print the built site's report, as of a date in seconds since 1970, into a PDF."""
    from vae_report.site.chromium import chromium
    from vae_report.site.paper import print_report

    with chromium() as browser:
        write_bytes(target, print_report(browser, site, date))
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
