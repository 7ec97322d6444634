"""The Kaggle-style tables: a header, then one row per image, its label before its pixels."""

import io
import math
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from vae_report.data.content import SIDES, LabelledImages, Unfit
from vae_report.settings import DataSettings


@dataclass(frozen=True)
class CsvFile:
    """The description of one table of a data set.

    Attributes:
        name: The name with the suffix `.csv`; the file may also be a member of a zip archive.
        count: The number of images.
        classes: The number of classes; labels count from 0.
    """

    name: str
    count: int
    classes: int

    def find(self, folder: Path) -> Path | zipfile.Path | None:
        """Return the table's path in a folder, or in a zip archive there; None without either.

        Raises:
            Unfit: An archive in the folder is damaged.
        """
        if (path := folder / self.name).is_file():
            return path
        for file in sorted(folder.glob("*.zip")):
            try:
                archive = zipfile.ZipFile(file)
            except (OSError, zipfile.BadZipFile) as error:
                raise Unfit(f"{file.name} is a truncated or corrupt zip file ({error})") from error
            for member in archive.namelist():
                if PurePosixPath(member).name == self.name:
                    return zipfile.Path(archive, member)
        return None

    def read(self, path: Path | zipfile.Path) -> LabelledImages:
        """Read and check the table at a path that `find` returned.

        Raises:
            Unfit: The table cannot be read, or is not the one described; names line and column.
        """
        header, _, rows = _content(path).partition(b"\n")
        columns = [name.strip(' \r"') for name in header.decode("utf-8-sig", "replace").split(",")]
        side = math.isqrt(len(columns) - 1)
        first = int("pixel0" not in columns)
        usual = ["label", *(f"pixel{number + first}" for number in range(len(columns) - 1))]
        missing = next((f"; missing: {name}" for name in usual if name not in columns), "")
        if missing or len(columns) != 1 + side**2 or side not in SIDES:
            raise Unfit(
                f"its header has {len(columns)} columns, expected 'label' and the pixels of a "
                f"square of {SIDES[0]} to {SIDES[-1]} a side{missing}"
            )
        if not rows.strip():
            raise Unfit(f"holds no rows, report.toml says {self.count}")
        try:
            # Half the time of pandas, and a value over 255 is refused rather than wrapped around.
            table = np.loadtxt(io.BytesIO(rows), np.uint8, comments=None, delimiter=",", ndmin=2)
            if table.shape[1] != len(columns):
                raise ValueError
            if columns != usual:  # Sorted as text, for example: pixel10 before pixel2.
                table = np.ascontiguousarray(table[:, [columns.index(name) for name in usual]])
            if table[:, 0].max() >= self.classes:
                raise ValueError
        except ValueError as error:
            raise Unfit(next(self._faults(rows, columns), str(error))) from error
        if len(table) != self.count:
            raise Unfit(f"holds {len(table)} rows, report.toml says {self.count}")
        return LabelledImages(table[:, 1:], table[:, 0])

    def _faults(self, rows: bytes, columns: list[str]) -> Iterator[str]:
        """Say where a table is faulty; lines count from 1, the header's."""
        limits = [self.classes if name == "label" else 256 for name in columns]
        for number, line in enumerate(io.BytesIO(rows), start=2):
            if not (text := line.decode(errors="replace").rstrip("\r\n")):
                continue
            cells = text.split(",")
            for column, cell, limit in zip(columns, cells, limits, strict=False):
                if not cell.strip().isdecimal() or float(cell) >= limit:
                    yield (
                        f"line {number}, column '{column}': '{cell[:20]}' is not a whole number "
                        f"from 0 to {limit - 1}"
                    )
            if len(cells) != len(columns):
                yield f"line {number} has {len(cells)} cells, its header {len(columns)}"


def csv_files(settings: DataSettings) -> tuple[CsvFile, CsvFile]:
    """Describe the two tables of a data set, training and test, named after the data set."""
    stem, classes = re.sub(r"\s+", "-", settings.name.lower()), len(settings.classes)
    return (
        CsvFile(f"{stem}_train.csv", settings.train_images, classes),
        CsvFile(f"{stem}_test.csv", settings.test_images, classes),
    )


def _content(path: Path | zipfile.Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unfit(f"cannot be read ({error.strerror})") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise Unfit(f"is truncated, corrupt or encrypted in its zip file ({error})") from error
