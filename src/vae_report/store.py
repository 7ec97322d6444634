"""Folders that are whole or absent: the store of whatever was expensive to compute."""

import errno
import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from vae_report.errors import ReportError

_SEAL = "digests.json"


class Store:
    """A folder of entries, each a folder of files, named by the content that they follow from.

    An entry is written under a temporary name, sealed with the SHA-256 of its files and renamed, so
    that neither a signal nor a full disk leaves half of one; what the seal does not confirm is no
    entry.

    Args:
        root: where the entries lie; made when the first is written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, key: str) -> Path | None:
        """Return the folder of an entry if it is there and undamaged."""
        folder = self.root / key
        return folder if _confirms(folder) else None

    def damaged(self, key: str) -> bool:
        """Tell whether there is an entry whose files are not what was written."""
        return (self.root / key).exists() and not _confirms(self.root / key)

    def put(self, key: str, files: Mapping[str, bytes]) -> Path:
        """Write an entry, in place of a damaged one if need be.

        Args:
            key: the entry's name.
            files: contents by file name.

        Raises:
            ReportError: the disk is full or not writable. Nothing of the entry is left.
        """
        folder = self.root / key
        temporary = None
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            temporary = Path(tempfile.mkdtemp(prefix=f".{key}.", dir=self.root))
            for name, content in files.items():
                (temporary / name).write_bytes(content)
            seal = {name: _digest(content) for name, content in sorted(files.items())}
            (temporary / _SEAL).write_text(json.dumps(seal, indent=1))
            if folder.exists():
                shutil.rmtree(folder)
            temporary.rename(folder)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            remedy = "free some space" if full else "make that folder writable"
            raise ReportError(
                f"{folder}: cannot be written ({error.strerror}); {remedy} and run again: "
                "what was finished before is kept."
            ) from error
        finally:
            if temporary is not None:
                shutil.rmtree(temporary, ignore_errors=True)
        return folder


def _confirms(folder: Path) -> bool:
    try:
        seal = json.loads((folder / _SEAL).read_bytes())
        return all(_digest((folder / name).read_bytes()) == seal[name] for name in seal)
    except (OSError, ValueError, TypeError):
        return False


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
