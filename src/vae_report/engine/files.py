"""Files that are whole or absent."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from vae_report.errors import ReportError


def json_bytes(content: object) -> bytes:
    """Write content as JSON."""
    return json.dumps(content, indent=1).encode()


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file as `write_bytes` writes."""
    write_bytes(path, json_bytes(content))


def write_text(path: Path, text: str) -> None:
    """Write a text file as `write_bytes` writes."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file under a temporary name, then rename it; make its folder if need be.

    Raises:
        ReportError: The disk is full or not writable. No partial file is left.
    """
    temporary = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise ReportError(
            f"{path}: cannot be written ({error.strerror}); free space or make that folder "
            "writable, and run again."
        ) from error
