"""Downloads that survive a bad line: resumed, verified, and named only then."""

import hashlib
import time
from collections.abc import Iterable
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TransferSpeedColumn

from vae_report.data.content import Unfit
from vae_report.data.idx import IdxFile

_TIMEOUT = 5.0  # seconds, to connect and between any two blocks
_PATIENCE = 2  # attempts in a row that bring nothing new
_PAUSE = 0.5  # seconds after such an attempt
_BLOCK = 1 << 16


def download(base: str, files: Iterable[IdxFile], folder: Path, console: Console) -> None:
    """Download files, gzipped, into a folder.

    A server that does not answer is given up at once. One that breaks off is asked for the rest as
    long as that brings new bytes, in the next build too.

    Args:
        base: The address of the folder that holds them.
        files: The files to fetch; each gets its name once its content is checked.
        folder: An existing folder.
        console: The console that shows progress.

    Raises:
        Unfit: The server lacks a file, or has it in another form.
    """
    with Progress(
        "{task.description}",
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        for file in files:
            url = f"{base.rstrip('/')}/{file.name}.gz"
            console.out(f"Downloading {url}", highlight=False)
            _download(file, url, folder, progress)


def _download(file: IdxFile, url: str, folder: Path, progress: Progress) -> None:
    # A part belongs to one address: gzip files of the same content differ between hosts.
    part = folder / f".{file.name}.{hashlib.sha256(url.encode()).hexdigest()[:8]}.part"
    task = progress.add_task(file.name, total=None)
    reason: Exception
    failures = 0
    while failures < _PATIENCE:
        size = _size(part)
        try:
            _append(url, part, progress, task)
            file.read(part)
        except (URLError, ValueError) as error:
            raise Unfit(f"{file.name}.gz: {error}") from error
        except Unfit as error:
            part.unlink(missing_ok=True)
            reason = error
        except (OSError, HTTPException) as error:
            reason = error
        else:
            part.replace(folder / f"{file.name}.gz")
            for abandoned in folder.glob(f".{file.name}.*.part"):
                abandoned.unlink()
            return
        failures = 0 if _size(part) > size else failures + 1
        time.sleep(_PAUSE)
    raise Unfit(f"{file.name}.gz: {reason}")


def _append(url: str, part: Path, progress: Progress, task: TaskID) -> None:
    """Fetch what a part lacks, or the whole file if the server cannot resume."""
    request = Request(url, headers={"Range": f"bytes={_size(part)}-", "User-Agent": "vae-report"})
    try:
        response = urlopen(request, timeout=_TIMEOUT)
    except HTTPError as error:
        if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # nothing is lacking
        raise
    resumed = response.status == HTTPStatus.PARTIAL_CONTENT
    with response, part.open("ab" if resumed else "wb") as out:
        remaining = int(response.headers.get("Content-Length", 0))
        total = out.tell() + remaining
        progress.update(task, total=total or None)
        while block := response.read(_BLOCK):
            out.write(block)
            progress.update(task, completed=out.tell())
        if out.tell() < total:
            raise ConnectionError(f"the connection closed after {out.tell()} of {total} bytes")


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
