"""The store of everything that was expensive to compute: folders that are whole or absent."""

import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from vae_report.errors import ReportError

_SEAL = "digests.json"

Files = Mapping[str, bytes]
"""The contents of files by their names."""

Parts = Mapping[str, str]
"""The dependencies of something: versions and digests, by names for people."""


class Entry(NamedTuple):
    """Something that the store holds under a key made from its dependencies.

    What is found under its key is therefore up to date.

    Attributes:
        name: The name for people.
        parts: The dependencies.
    """

    name: str
    parts: Parts

    @property
    def key(self) -> str:
        """The cache key: the name in the store."""
        return f"{self.name}-{digest(self.parts)[:16]}"


def digest(content: object) -> str:
    """Digest whatever JSON can hold."""
    return _digest(json.dumps(content, sort_keys=True).encode())


class Store:
    """A folder of entries, each a folder of files, named by what they depend on.

    An entry is written under a temporary name, sealed with the SHA-256 of its files and renamed, so
    that neither a signal nor a full disk leaves a partial entry. A folder that does not match its
    seal is not an entry. Several processes may use one store.

    Args:
        root: The folder of the entries, which is created when the first is written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, key: str) -> Path | None:
        """Return the folder of an entry if it exists and is undamaged."""
        folder = self.root / key
        if not _confirms(folder):
            return None
        with suppress(OSError):
            os.utime(folder)  # `prune` removes what was used the longest time ago.
        return folder

    def files(self, key: str) -> list[Path]:
        """List the files of an existing entry."""
        return [self.root / key / name for name in _sealed(self.root / key)]

    def prune(self, kept: Set[str], bound: int = 0) -> tuple[int, int]:
        """Remove entries, first those that were found or written the longest time ago.

        Args:
            kept: The keys of the entries that are never removed.
            bound: The number of bytes down to which other entries are removed.

        Returns:
            The number of entries that were removed, and the number of their bytes.
        """
        if not self.root.is_dir():
            return 0, 0
        with self._sole_writer():
            entries = [path for path in self.root.iterdir() if not path.name.startswith(".")]
            sizes = {path: sum(file.stat().st_size for file in path.iterdir()) for path in entries}
            left, count = sum(sizes.values()), 0
            before = left
            for path in sorted(entries, key=lambda path: path.stat().st_mtime):
                if left > bound and path.name not in kept:
                    shutil.rmtree(path)
                    left, count = left - sizes[path], count + 1
        return count, before - left

    def put(self, key: str, files: Files) -> Path:
        """Write an entry; an existing one is replaced only if it is damaged.

        Args:
            key: The name of the entry.
            files: The contents of its files by their names.

        Raises:
            ReportError: The disk is full or not writable. Nothing of the entry is left.
        """
        folder = self.root / key
        temporary = self.root / f".{key}.partial"
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with self._sole_writer():
                if not _confirms(folder):
                    shutil.rmtree(folder, ignore_errors=True)
                    _fill(temporary, files)
                    temporary.rename(folder)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            remedy = "free some space" if full else "make that folder writable"
            raise ReportError(
                f"{folder}: cannot be written ({error.strerror}); {remedy} and run again: "
                "what was finished before is kept."
            ) from error
        return folder

    @contextmanager
    def _sole_writer(self) -> Iterator[None]:
        """Exclude other writers, and remove temporary folders, also those of killed processes."""
        with (self.root / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._clear_temporaries()
            try:
                yield
            finally:
                self._clear_temporaries()

    def _clear_temporaries(self) -> None:
        for temporary in self.root.glob(".*.partial"):
            shutil.rmtree(temporary, ignore_errors=True)


def _fill(folder: Path, files: Files) -> None:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    sealed = {name: _digest(content) for name, content in sorted(files.items())}
    (folder / _SEAL).write_text(json.dumps({"files": sealed, "digest": digest(sealed)}, indent=1))


def _sealed(folder: Path) -> dict[str, str]:
    """Return the digests of an entry's files.

    Raises:
        ValueError: The seal is damaged.
    """
    seal = json.loads((folder / _SEAL).read_bytes())
    if digest(seal["files"]) != seal["digest"]:
        raise ValueError("the seal is broken")
    sealed: dict[str, str] = seal["files"]
    return sealed


def _confirms(folder: Path) -> bool:
    try:
        sealed = _sealed(folder)
        return all(_digest((folder / name).read_bytes()) == sealed[name] for name in sealed)
    except (OSError, ValueError, TypeError, KeyError):
        return False


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
