"""A folder that shows files of the store, with their digests, so that changes are detected."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from vae_report.engine.files import json_bytes, write_bytes
from vae_report.errors import ReportError

_LIST = "published.json"


def publish(files: Mapping[str, Path], folder: Path) -> None:
    """Make a folder show files, and remove what it showed before.

    Other files in the folder stay.

    Args:
        files: The files by their names in the folder.
        folder: The folder, created if it does not exist.

    Raises:
        ReportError: The folder cannot be written.
    """
    before = _listed(folder)
    digests = {}
    for name, source in sorted(files.items()):
        content, target = source.read_bytes(), folder / name
        digests[name] = hashlib.sha256(content).hexdigest()
        if not target.is_file() or target.read_bytes() != content:
            write_bytes(target, content)
    inside = folder.resolve()
    for name in before.keys() - files.keys():
        if inside in (folder / name).resolve().parents:
            (folder / name).unlink(missing_ok=True)
    # Written last, so that `check` rejects what a killed build leaves.
    write_bytes(folder / _LIST, json_bytes(digests))


def check(folder: Path) -> None:
    """Check that a folder shows what was published there.

    Raises:
        ReportError: A file is not the one that was published, or nothing was published.
    """
    digests = _listed(folder)
    if not digests:
        raise ReportError(f"{folder}: nothing was published there; run `make site`.")
    for name, digest in digests.items():
        try:
            shown = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        except OSError:
            shown = None
        if shown != digest:
            raise ReportError(
                f"{folder / name}: {'changed since it was' if shown else 'not there, but was'} "
                "published; run `make site`, which publishes what was measured."
            )


def _listed(folder: Path) -> dict[str, str]:
    try:
        listed = json.loads((folder / _LIST).read_bytes())
        return {str(name): str(digest) for name, digest in listed.items()}
    except (OSError, ValueError, AttributeError):
        return {}
