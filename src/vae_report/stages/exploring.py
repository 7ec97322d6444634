"""The stages of what the reader explores: the walkthrough and the latent explorer."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from vae_report.engine.fingerprint import Name
from vae_report.engine.graph import Item
from vae_report.engine.store import Entry, Files, digest
from vae_report.registry import CODE, fingerprint
from vae_report.settings import ExplorerSettings, RunSettings
from vae_report.stages.context import Context, one_thread
from vae_report.stages.training import spec_of
from vae_report.training.runs import DataPlace, load_once

_WALKTHROUGH = "walkthrough.ipynb"
_EXECUTING = Name("vae_report.site.notebook", "execute_notebook")
_EXPORTING = Name("vae_report.explorer.export", "explorer_files")


def walkthrough_item(context: Context, training: Mapping[RunSettings, Item]) -> Item:
    """Execute the walkthrough on the finished headline runs."""
    root, settings = context.options.root, context.settings
    source = root / "docs" / "walkthrough.py"
    headline = [settings.runs[name] for name in settings.headline]

    def entries() -> list[Entry]:
        parts = {
            "notebook": hashlib.sha256(source.read_bytes()).hexdigest(),
            "code": fingerprint((*CODE.imported_by(source), _EXECUTING), ("torch",)),
            "runs": digest([spec_of(context, run).key for run in headline]),
        }
        return [Entry("walkthrough", parts)]

    def make(missing: Sequence[Entry]) -> dict[str, Files]:
        environment = {"VAE_REPORT_DATA": str(context.options.data), "PROFILE": settings.profile}
        notebook = context.do("walkthrough", execute_walkthrough, source, root, environment)
        return {entry.key: {_WALKTHROUGH: notebook} for entry in missing}

    after = list(dict.fromkeys(training[run] for run in headline))
    return Item("walkthrough", "", make, entries, after, work=lambda: 4.0)


def execute_walkthrough(source: Path, root: Path, environment: Mapping[str, str]) -> bytes:
    """Return the walkthrough, executed in the root of the repository."""
    from vae_report.site.notebook import execute_notebook

    return execute_notebook(source, root, environment)


def explorer_item(
    context: Context, explorer: ExplorerSettings, training: Mapping[RunSettings, Item]
) -> Item:
    """Export the runs that the explorer shows."""
    settings = context.settings
    shown = {name: settings.runs[name] for name in settings.sweeps[explorer.sweep]}

    def entries() -> list[Entry]:
        parts = {
            "settings": explorer.model_dump_json(),
            "runs": digest([(name, spec_of(context, run).key) for name, run in shown.items()]),
            "classes": digest(settings.data.classes),
            "code": fingerprint((_EXPORTING,), ("numpy", "torch")),
        }
        return [Entry("explorer", parts)]

    def make(missing: Sequence[Entry]) -> dict[str, Files]:
        runs = [
            (name, run, context.folder(spec_of(context, run).entry)) for name, run in shown.items()
        ]
        files = context.do("explorer", export_explorer, explorer, runs, context.place)
        return {entry.key: files for entry in missing}

    after = list(dict.fromkeys(training[run] for run in shown.values()))
    return Item("explorer", "", make, entries, after, work=lambda: 3.0)


def export_explorer(
    settings: ExplorerSettings, runs: Sequence[tuple[str, RunSettings, Path]], place: DataPlace
) -> Files:
    """Return the files that the explorer loads, given the name, settings and folder of each run."""
    from vae_report.explorer.export import Run, explorer_files

    with one_thread():
        return explorer_files(settings, [Run(*run) for run in runs], load_once(place))
