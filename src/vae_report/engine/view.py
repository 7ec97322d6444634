"""A folder that shows files of the store, and says which, so that nothing else passes for them."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from vae_report.engine.files import json_bytes, write_bytes
from vae_report.errors import ReportError

_LIST = "published.json"


def publish(files: Mapping[str, Path], folder: Path) -> None:
    """Make a folder show files, and remove from it what it showed before.

    Whatever else lies in the folder stays.

    Args:
        files: The files by the names under which they are shown.
        folder: The folder, made if it is not there.

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
    # Last: until it is there, a build that is killed leaves what `check` does not confirm.
    write_bytes(folder / _LIST, json_bytes(digests))


def check(folder: Path) -> None:
    """Make sure that a folder shows what was published there.

    Raises:
        ReportError: A file is not the one that was published, or nothing was.
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
