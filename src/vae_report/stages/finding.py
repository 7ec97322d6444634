"""The data set is found, verified and known by its digest."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from vae_report.engine.files import json_bytes
from vae_report.engine.graph import Item
from vae_report.engine.store import Entry, Files, digest
from vae_report.stages.context import Context

_FACTS = "dataset.json"


def data_item(context: Context) -> Item:
    """Find the data set wherever its files have changed since it was found last."""

    def make(missing: Sequence[Entry]) -> dict[str, Files]:
        from vae_report.data import load_dataset

        dataset = load_dataset(context.settings.data, context.options.data, context.console)
        # Where it was found is left out: the same report says the same wherever that was.
        facts = {name: getattr(dataset, name) for name in ("name", "digest", "verified")}
        return {entry.key: {_FACTS: json_bytes(facts)} for entry in missing}

    return Item("data", "", make, lambda: [_entry(context)])


@cache
def facts_of(context: Context) -> Mapping[str, Any]:
    """Return the name and digest of the data set, and whether it is verified, once it is found."""
    facts: dict[str, Any] = json.loads((context.folder(_entry(context)) / _FACTS).read_bytes())
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
    return Entry("data", {"settings": data.model_dump_json(), "files": digest(states)})
