"""The stage that finds and verifies the data set, and records its digest."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from vae_report.engine.files import json_bytes
from vae_report.engine.graph import Item
from vae_report.engine.store import Entry, Files, digest
from vae_report.errors import ReportError
from vae_report.stages.context import Context

if TYPE_CHECKING:
    from vae_report.data import Dataset

_FILE = "dataset.json"
_FACTS = ("name", "side", "digest", "verified")
"""The properties of the data set in the report; its place is not among them, as machines differ."""


def data_item(context: Context) -> Item:
    """Find the data set again if its files have changed since it was found last."""

    def make(missing: Sequence[Entry]) -> dict[str, Files]:
        from vae_report.data import load_dataset

        dataset = load_dataset(context.settings.data, context.options.data, context.console)
        _check_classes(dataset)
        facts = {name: getattr(dataset, name) for name in _FACTS}
        return {entry.key: {_FILE: json_bytes(facts)} for entry in missing}

    return Item("data", "", make, lambda: [_entry(context)])


def _check_classes(dataset: "Dataset") -> None:
    """Make sure, before anything is trained, that there are images of every class.

    Raises:
        ReportError: There are none of one.
    """
    training = {*dataset.train_labels.tolist(), *dataset.validation_labels.tolist()}
    for part, labels in (("training", training), ("test", {*dataset.test_labels.tolist()})):
        for label, name in enumerate(dataset.classes):
            if label not in labels:
                raise ReportError(
                    f"{dataset.name}: no {part} image has the label {label}, '{name}'; labels "
                    "count from 0, and data.classes in report.toml names those that there are."
                )


@cache
def facts_of(context: Context) -> Mapping[str, Any]:
    """Return the name, side and digest of the found data set, and whether it is verified."""
    facts: dict[str, Any] = json.loads((context.folder(_entry(context)) / _FILE).read_bytes())
    return facts


@cache
def _entry(context: Context) -> Entry:
    data = context.settings.data
    states = [
        (str(path), path.stat().st_size, path.stat().st_mtime_ns)
        for folder in (context.options.data, data.sources.system)
        if folder and folder.is_dir()
        for path in sorted(folder.iterdir())
    ]
    parts = {"settings": data.model_dump_json(), "files": digest(states), "facts": digest(_FACTS)}
    return Entry("data", parts)
