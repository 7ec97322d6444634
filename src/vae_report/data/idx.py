"""The IDX format, in which the MNIST family is published."""

import gzip
import hashlib
import math
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vae_report.data.content import SIDES, Unfit
from vae_report.settings import DataSettings

_GZIP_MAGIC = b"\x1f\x8b"
_UINT8_MAGIC = 0x0800  # plus the number of dimensions


@dataclass(frozen=True)
class IdxFile:
    """The description of one file of a data set.

    Attributes:
        name: The name without the suffix `.gz`, which the file may carry.
        count: The number N of its items.
        dimensions: The number of dimensions: 3 of images, (N, rows, columns); 1 of labels, (N,).
        values: The number of values that an item may take, counted from 0.
        sha256: The SHA-256 of the decompressed file; none if nobody has published it.
    """

    name: str
    count: int
    dimensions: int
    values: int
    sha256: str | None

    def find(self, folder: Path) -> Path | None:
        """Return the file's path in a folder, plain or gzipped; None if there is neither."""
        candidates = (folder / self.name, folder / f"{self.name}.gz")
        return next((path for path in candidates if path.is_file()), None)

    def read(self, path: Path) -> NDArray[np.uint8]:
        """Read and check the file.

        Returns:
            The items, uint8, in the shape (N, pixels) or (N,).

        Raises:
            Unfit: The file cannot be read, or is not the one described.
        """
        content = _decompressed(path)
        header = 4 * (1 + self.dimensions)
        magic, *shape = (int.from_bytes(content[i : i + 4]) for i in range(0, header, 4))
        items = np.frombuffer(content, np.uint8, offset=min(header, len(content)))

        expected_magic = _UINT8_MAGIC + self.dimensions
        if magic != expected_magic:
            raise Unfit(
                f"begins with {magic:#010x}, an IDX file of its kind {expected_magic:#010x}"
            )
        count, *sides = shape
        if sides and (sides[0] != sides[1] or sides[0] not in SIDES):
            raise Unfit(
                f"holds images of {sides[0]}×{sides[1]} pixels, expected as many rows as columns, "
                f"from {SIDES[0]} to {SIDES[-1]}"
            )
        if count != self.count:
            raise Unfit(f"holds {count} items, report.toml says {self.count}")
        if items.size != math.prod(shape):
            raise Unfit(f"holds {items.size} bytes after its header, which says {math.prod(shape)}")
        if items.max() >= self.values:
            position = int(np.argmax(items >= self.values))
            raise Unfit(f"item {position} is {items[position]}, outside 0–{self.values - 1}")
        if self.sha256 and (found := hashlib.sha256(content).hexdigest()) != self.sha256:
            raise Unfit(f"its SHA-256 is {found}, report.toml says {self.sha256}")
        return items.reshape(count, -1) if sides else items


def idx_files(settings: DataSettings) -> tuple[IdxFile, IdxFile, IdxFile, IdxFile]:
    """Describe the four files of a data set: images and labels for training, then for testing."""
    train, test, classes = settings.train_images, settings.test_images, len(settings.classes)
    sha256 = settings.sha256.model_dump() if settings.sha256 else {}
    return (
        IdxFile("train-images-idx3-ubyte", train, 3, 256, sha256.get("train_images")),
        IdxFile("train-labels-idx1-ubyte", train, 1, classes, sha256.get("train_labels")),
        IdxFile("t10k-images-idx3-ubyte", test, 3, 256, sha256.get("test_images")),
        IdxFile("t10k-labels-idx1-ubyte", test, 1, classes, sha256.get("test_labels")),
    )


def _decompressed(path: Path) -> bytes:
    """Read a file, and decompress it if its first bytes say that it is gzipped."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Unfit(f"cannot be read ({error.strerror})") from error
    try:
        return gzip.decompress(content) if content.startswith(_GZIP_MAGIC) else content
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Unfit(f"is a truncated or corrupt gzip file ({error})") from error
