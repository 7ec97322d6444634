"""The places that a data set may come from, in the order in which they are tried."""

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zipfile import Path as ZipPath

from rich.console import Console

from vae_report.data.content import LabelledImages, Unfit
from vae_report.data.csv import csv_files
from vae_report.data.debian import unpack_package
from vae_report.data.download import download
from vae_report.data.idx import IdxFile, idx_files
from vae_report.errors import ReportError
from vae_report.settings import DataSettings, Sources

_Fetch = Callable[[list[IdxFile], Path, Console], None]


@dataclass(frozen=True)
class Found:
    """A data set as its source has it.

    Attributes:
        train: The images for training and validation.
        test: The images for testing.
        source: The place where they were found and their form, in words.
        verified: Whether every file has the digest that was published for it.
    """

    train: LabelledImages
    test: LabelledImages
    source: str
    verified: bool


def locate(settings: DataSettings, folder: Path, console: Console) -> Found:
    """Read a data set from the first place that has it; fetched files stay in the folder.

    Raises:
        ReportError: A file in the folder is damaged, or no place has the data set.
    """
    if found := _read_own(settings, folder, f"{folder.resolve().name}/"):
        return found

    files = idx_files(settings)
    failures = [f"{folder} lacks {file.name}" for file in _missing(files, folder)]
    if len(failures) == len(files):
        failures = [f"{folder} has none of its files"]

    if system := settings.sources.system:
        try:
            if found := read_folder(settings, system, f"{system}"):
                return found
            failures.append(f"{system} has none")
        except Unfit as fault:
            failures.append(f"{fault}")

    for place, fetch in _fetchers(settings.sources):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            fetch(_missing(files, folder), folder, console)
        except (Unfit, OSError) as fault:
            failures.append(f"{place}: {fault}")
            console.out(f"Not from {failures[-1]}", highlight=False)
        else:
            if found := _read_own(settings, folder, place):
                return found

    train, test = csv_files(settings)
    raise ReportError(
        f"no {settings.name}: {'; '.join(failures)}. Connect to the network, or put "
        f"{', '.join(file.name for file in files)} (.gz or not), or {train.name} and {test.name} "
        f"(zipped or not), into {folder}/ and run again."
    )


def read_folder(settings: DataSettings, folder: Path, place: str) -> Found | None:
    """Read a data set from a folder that has it as IDX files, else as CSV.

    Args:
        settings: The data set's description.
        folder: The folder to read, which need not exist.
        place: The name of the folder in words.

    Returns:
        The data set; none if there are neither all four IDX files nor any table or archive.

    Raises:
        Unfit: A file is damaged, there is only one table, or an archive holds none.
    """
    files = idx_files(settings)
    paths = [path for file in files if (path := file.find(folder))]
    if len(paths) == len(files):
        arrays = []
        for file, path in zip(files, paths, strict=True):
            with _at(path):
                arrays.append(file.read(path))
        gzipped = ", gzipped" if any(path.suffix == ".gz" for path in paths) else ""
        train, test = LabelledImages(*arrays[:2]), LabelledImages(*arrays[2:])
        _check_alike(train, test, paths[2])
        return Found(train, test, f"{place} (IDX{gzipped})", settings.sha256 is not None)

    tables = csv_files(settings)
    with _at(folder):
        members = [table.find(folder) for table in tables]
    archives = sorted(folder.glob("*.zip"))
    if not any(members) and not archives:
        return None
    halves = []
    for table, member in zip(tables, members, strict=True):
        if member is None:
            raise Unfit(f"{table.name} is not in {' or '.join(map(str, [folder, *archives]))}")
        with _at(member):
            halves.append(table.read(member))
    _check_alike(halves[0], halves[1], members[1])
    zipped = ", zipped" if any(isinstance(member, ZipPath) for member in members) else ""
    return Found(halves[0], halves[1], f"{place} (CSV{zipped})", verified=False)


def _check_alike(train: LabelledImages, test: LabelledImages, place: Path | ZipPath | None) -> None:
    sides = [math.isqrt(part.images.shape[1]) for part in (train, test)]
    if sides[0] != sides[1]:
        raise Unfit(
            f"{place}: holds images of {sides[1]}×{sides[1]} pixels, those for training have "
            f"{sides[0]}×{sides[0]}"
        )


def _read_own(settings: DataSettings, folder: Path, place: str) -> Found | None:
    try:
        return read_folder(settings, folder, place)
    except Unfit as fault:
        raise ReportError(
            f"{fault}; put the right file there, or clear {folder} to have the data set fetched."
        ) from fault


def _missing(files: Iterable[IdxFile], folder: Path) -> list[IdxFile]:
    return [file for file in files if file.find(folder) is None]


def _fetchers(sources: Sources) -> Iterator[tuple[str, _Fetch]]:
    for address in sources.downloads:
        yield address, partial(download, address)
    if package := sources.debian_package:
        yield f"the Debian package {package}", partial(unpack_package, package)


@contextmanager
def _at(place: Path | ZipPath) -> Iterator[None]:
    """Name the place of content that does not fit."""
    try:
        yield
    except Unfit as fault:
        raise Unfit(f"{place}: {fault}") from fault
