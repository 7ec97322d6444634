"""Runs are trained, and the classifiers that judge them."""

from collections.abc import Callable, Mapping, Sequence, Set
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from vae_report.engine.files import json_bytes
from vae_report.engine.graph import Item
from vae_report.engine.store import Entry, Files
from vae_report.errors import ReportError
from vae_report.settings import ClassifierSettings, RunSettings
from vae_report.stages.context import Context, one_thread
from vae_report.stages.finding import facts_of
from vae_report.training.devices import describe_processor
from vae_report.training.runs import (
    TIMED_PIXELS,
    DataPlace,
    RunSpec,
    load_once,
    run_spec,
    shape,
    work,
)

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

    from vae_report.data import Dataset


def run_items(context: Context, data: Item, *, alone: bool) -> dict[RunSettings, Item]:
    """Train every run; the longest first, for all else waits.

    Args:
        context: The build.
        data: The item of the data set, which is made unless all runs are trained alone.
        alone: Whether each run is an item of its own on every device. Otherwise those of one shape
            are trained together on an accelerator.
    """
    # How many pixels images have may not be known yet; the order is hardly another.
    runs = sorted(
        context.settings.trained, key=lambda run: work(run, 1, TIMED_PIXELS), reverse=True
    )
    groups: dict[object, list[RunSettings]] = {}
    missing = not alone and any(
        context.store.find(spec_of(context, run).key) is None for run in runs
    )
    for run in runs:
        stacked = missing and context.device != "cpu"
        groups.setdefault(shape(run) if stacked else run, []).append(run)
    return {
        run: item
        for group in groups.values()
        for item in [_run_item(context, group, data)]
        for run in group
    }


def _run_item(context: Context, runs: Sequence[RunSettings], data: Item) -> Item:
    first, *others = [context.settings.trained[run] for run in runs]
    title = f"{first} and {len(others)} more" if others else first

    def specs() -> list[RunSpec[RunSettings]]:
        return [spec_of(context, run) for run in runs]

    def make(missing: Sequence[Entry]) -> dict[str, Files]:
        keys = {entry.key for entry in missing}
        wanted = [spec for spec in specs() if spec.key in keys]
        given = title, wanted, context.place, context.device
        return context.train(f"train {title}", train_runs, *given)

    return Item(
        "train",
        title,
        make,
        lambda: [spec.entry for spec in specs()],
        [data],
        length=runs[0].epochs,
        # Runs that are trained together take little longer than one of them.
        work=lambda: _work(context, runs[0]),
    )


def judge_items(context: Context, data: Item) -> dict[int, Item]:
    """Train the classifier that judges samples, with each of the seeds."""
    return {seed: _judge_item(context, seed, data) for seed in context.settings.judges}


def _judge_item(context: Context, seed: int, data: Item) -> Item:
    settings = context.settings.judges[seed]
    title = of_judge(context, "classifier", seed)

    def make(missing: Sequence[Entry]) -> dict[str, Files]:
        spec = judge_of(context, seed)
        return context.train(f"train {title}", train_judge, spec, context.place, context.device)

    return Item(
        "train",
        title,
        make,
        lambda: [judge_of(context, seed).entry],
        [data],
        length=settings.epochs,
        work=lambda: _work(context, settings),
    )


@cache
def spec_of(context: Context, run: RunSettings) -> RunSpec[RunSettings]:
    """Say what the weights of a run depend on, once the data set is found."""
    return run_spec(context.settings, run, facts_of(context)["digest"])


@cache
def judge_of(context: Context, seed: int) -> RunSpec[ClassifierSettings]:
    """Say what the weights of the judge with a seed depend on, once the data set is found."""
    return run_spec(context.settings, context.settings.judges[seed], facts_of(context)["digest"])


def of_judge(context: Context, what: str, seed: int) -> str:
    """Say whose the classifier or its baselines are, where there are several."""
    return f"{what} seed {seed}" if len(context.settings.judges) > 1 else what


def _work(context: Context, settings: RunSettings | ClassifierSettings) -> float:
    data = context.settings.data
    images = round(data.train_images * (1 - data.validation_fraction))
    return 0.2 + work(settings, images, facts_of(context)["side"] ** 2)


def train_runs(
    title: str,
    specs: Sequence[RunSpec[RunSettings]],
    place: DataPlace,
    device: str,
    progress: Callable[[int], None],
) -> dict[str, Files]:
    """Train a run, or several of one shape together.

    Args:
        title: The name of the runs, for what goes wrong with them.
        specs: What the runs depend on.
        place: The place of the data set.
        device: The device to train on, as torch names it.
        progress: Told of each finished epoch.

    Returns:
        By the key of each spec `spec.json`, `origin.json` (on what it was trained), `model.json`
        (what kind of model it is), `weights.safetensors`, `history.csv` and
        `snapshots.safetensors`.
    """
    import torch
    from safetensors.torch import save

    from vae_report.data.choosing import first_of_each_class
    from vae_report.models.autoencoders import about
    from vae_report.training.loop import Images
    from vae_report.training.stacked import train_all

    dataset = _load_as_specified(place, {spec.data for spec in specs})
    fixed = first_of_each_class(dataset.validation_labels, 1)
    splits = dataset.train_images, dataset.validation_images, dataset.validation_images[fixed]
    images = Images(*(torch.from_numpy(split).to(device) for split in splits))
    settings = [spec.settings for spec in specs]
    with one_thread():
        trained = train_all(title, settings, images, progress)
    return {
        spec.key: {
            **_stored(spec, device, run.model.cpu().state_dict(), run.history),
            "snapshots.safetensors": save(run.snapshots),
            "model.json": json_bytes(about(run.model)),
        }
        for spec, run in zip(specs, trained, strict=True)
    }


def train_judge(
    spec: RunSpec[ClassifierSettings],
    place: DataPlace,
    device: str,
    progress: Callable[[int], None],
) -> dict[str, Files]:
    """Train the classifier that judges samples.

    Args:
        spec: What it depends on.
        place: The place of the data set.
        device: The device to train on, as torch names it.
        progress: Told of each finished epoch.

    Returns:
        By the spec's key the files of a run but for the snapshots.
    """
    import torch

    from vae_report.training.classifier import train_classifier

    dataset = _load_as_specified(place, {spec.data})
    images = torch.from_numpy(dataset.train_images).to(device)
    labels = torch.from_numpy(dataset.train_labels).to(device)
    with one_thread():
        classifier, history = train_classifier(
            spec.settings, images, labels, len(dataset.classes), progress
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
    spec: RunSpec[Any], device: str, weights: Mapping[str, "Tensor"], history: "pd.DataFrame"
) -> dict[str, bytes]:
    """Return what the store keeps of anything that was trained."""
    from safetensors.torch import save

    origin = {"device": device, **describe_processor(device), "torch": version("torch")}
    return {
        "spec.json": spec.to_json().encode(),
        "origin.json": json_bytes(origin),
        "weights.safetensors": save(dict(weights)),
        "history.csv": history.to_csv(index=False, lineterminator="\n").encode(),
    }
