"""The Debian package of a data set, without root and without touching the system."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from vae_report.data.content import Unfit
from vae_report.data.idx import IdxFile

# The system's hooks around an update are left out, as they may write to it. Downloads run as this
# user, since another could not enter the private folder.
_CONFIGURATION = """\
#clear APT::Update;
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "10";
Acquire::https::Timeout "10";
Dir::State::Lists "{folder}/lists";
Dir::Cache "{folder}/cache";
"""


def unpack_package(package: str, files: Iterable[IdxFile], folder: Path, console: Console) -> None:
    """Take files out of a Debian package, fetched from the system's own sources.

    Args:
        package: The name of the package.
        files: The files to take; each is moved once its content is checked.
        folder: An existing folder.
        console: The console that shows what happens.

    Raises:
        Unfit: There is no `apt-get`, it has no such package, or the package lacks a file.
    """
    console.out(f"Fetching the Debian package {package}", highlight=False)
    with TemporaryDirectory(prefix=".apt-", dir=folder) as name:
        private = Path(name).resolve()
        (private / "lists" / "partial").mkdir(parents=True)
        (private / "cache" / "archives" / "partial").mkdir(parents=True)
        configuration = private / "apt.conf"
        configuration.write_text(_CONFIGURATION.format(folder=private))

        # One unreachable repository fails an update, though the others may have the package.
        _run(private, "apt-get", "-qq", "-c", "apt.conf", "update", check=False)
        _run(private, "apt-get", "-qq", "-c", "apt.conf", "download", package)
        _run(private, "dpkg-deb", "-x", next(private.glob("*.deb")).name, "tree")
        for file in files:
            path = next((private / "tree").rglob(f"{file.name}*"), None)
            if path is None:
                raise Unfit(f"it holds no {file.name}")
            file.read(path)
            path.replace(folder / path.name)


def _run(folder: Path, tool: str, *arguments: str, check: bool = True) -> None:
    if shutil.which(tool) is None:
        raise Unfit(f"{tool} is not on this machine")
    done = subprocess.run(
        [tool, *arguments],
        cwd=folder,
        env={**os.environ, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if check and done.returncode != 0:
        *_, reason = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()
        raise Unfit(f"{tool}: {reason}")
