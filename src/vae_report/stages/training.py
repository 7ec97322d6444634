"""The stage that trains runs, and the classifiers of their judges."""

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
    """Train every run, the longest first, since all else waits for them.

    Args:
        context: The build.
        data: The item of the data set, which has been made unless all runs are trained alone.
        alone: Whether each run is an item of its own on every device; otherwise runs of one shape
            are stacked on an accelerator.
    """
    # The number of pixels may not be known yet; the order hardly depends on it.
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
        # Stacked runs take little longer than one of them.
        work=lambda: _work(context, runs[0]),
    )


def classifier_items(context: Context, data: Item) -> dict[int, Item]:
    """Train the classifier of the judge, once for each seed."""
    return {seed: _classifier_item(context, seed, data) for seed in context.settings.judges}


def _classifier_item(context: Context, seed: int, data: Item) -> Item:
    settings = context.settings.judges[seed]
    title = with_seed(context, "classifier", seed)

    def make(missing: Sequence[Entry]) -> dict[str, Files]:
        given = classifier_of(context, seed), context.place, context.device
        return context.train(f"train {title}", train_classifier, *given)

    return Item(
        "train",
        title,
        make,
        lambda: [classifier_of(context, seed).entry],
        [data],
        length=settings.epochs,
        work=lambda: _work(context, settings),
    )


@cache
def spec_of(context: Context, run: RunSettings) -> RunSpec[RunSettings]:
    """Return what the weights of a run depend on, once the data set is found."""
    return run_spec(context.settings, run, facts_of(context)["digest"])


@cache
def classifier_of(context: Context, seed: int) -> RunSpec[ClassifierSettings]:
    """Return what the weights of a seed's classifier depend on, once the data set is found."""
    return run_spec(context.settings, context.settings.judges[seed], facts_of(context)["digest"])


def with_seed(context: Context, what: str, seed: int) -> str:
    """Add the seed to the title of a classifier or its baselines, if there are several."""
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
    """Train a run, or several of one shape, stacked if possible.

    Args:
        title: The name of the runs for error messages.
        specs: The specifications of the runs.
        place: The place of the data set.
        device: The device to train on, as torch names it.
        progress: A function that is called with the number of each finished epoch.

    Returns:
        The files of each run by the key of its specification: `spec.json`, `origin.json` (the
        processor and software), `model.json` (the kind of model), `weights.safetensors`,
        `history.csv` and `snapshots.safetensors`.
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


def train_classifier(
    spec: RunSpec[ClassifierSettings],
    place: DataPlace,
    device: str,
    progress: Callable[[int], None],
) -> dict[str, Files]:
    """Train the classifier of a judge.

    Args:
        spec: The specification of the classifier.
        place: The place of the data set.
        device: The device to train on, as torch names it.
        progress: A function that is called with the number of each finished epoch.

    Returns:
        The files of a run except for the snapshots and the model, by the key of the specification.
    """
    import torch

    from vae_report.training import classifier

    dataset = _load_as_specified(place, {spec.data})
    images = torch.from_numpy(dataset.train_images).to(device)
    labels = torch.from_numpy(dataset.train_labels).to(device)
    with one_thread():
        trained, history = classifier.train_classifier(
            spec.settings, images, labels, len(dataset.classes), progress
        )
    return {spec.key: _stored(spec, device, trained.cpu().state_dict(), history)}


def _load_as_specified(place: DataPlace, digests: Set[str]) -> "Dataset":
    """Load the data set with the digest on which runs are to be trained."""
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
    """Return the files that the store keeps of everything that is trained."""
    from safetensors.torch import save

    origin = {"device": device, **describe_processor(device), "torch": version("torch")}
    return {
        "spec.json": spec.to_json().encode(),
        "origin.json": json_bytes(origin),
        "weights.safetensors": save(dict(weights)),
        "history.csv": history.to_csv(index=False, lineterminator="\n").encode(),
    }
