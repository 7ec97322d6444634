"""The data set as later stages see it: verified, in canonical order, divided."""

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from vae_report.data.content import LabelledImages
from vae_report.data.sources import locate
from vae_report.settings import DataSettings


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images as rows of pixels, uint8 of shape (N, pixels), and their labels, uint8 (N,).

    The same data set divides into the same arrays whatever source it came from.

    Attributes:
        name: The name in `report.toml`.
        classes: The name of each label.
        source: The place where it was found and its form, in words.
        digest: The SHA-256 of the whole set in canonical order, see `data/README.md`.
        verified: Whether digests in `report.toml` show that the set is the published one; false
            also if that file has none.
    """

    name: str
    classes: tuple[str, ...]
    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.uint8]
    validation_images: NDArray[np.uint8]
    validation_labels: NDArray[np.uint8]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.uint8]
    source: str
    digest: str
    verified: bool

    @property
    def side(self) -> int:
        """The number of pixels on a side of every image."""
        return math.isqrt(self.train_images.shape[1])


def load_dataset(settings: DataSettings, folder: Path, console: Console | None = None) -> Dataset:
    """Find the data set, fetch it if need be, verify it, and divide it.

    The folder is tried first, then `settings.sources`: the system's folder, the downloads, the
    Debian package. Files that had to be fetched are kept in the folder.

    Args:
        settings: The data set and its division.
        folder: The folder of the user's data, which is made if it is needed.
        console: The console that shows downloads and the source; none for silence.

    Raises:
        ReportError: A file in the folder is damaged, or no source has the data set.
    """
    console = console or Console(quiet=True)
    found = locate(settings, folder, console)
    train, test = found.train.in_canonical_order(), found.test.in_canonical_order()
    digest = _digest(train, test)
    published = settings.sha256 is not None and digest == settings.sha256.canonical
    verified = found.verified or published
    console.out(
        f"Data: {settings.name} from {found.source}, {'' if verified else 'un'}verified, "
        f"SHA-256 {digest}",
        highlight=False,
    )

    count = len(train.labels)
    order = np.random.default_rng(settings.split_seed).permutation(count)
    held_out = min(max(round(count * settings.validation_fraction), 1), count - 1)
    validation, train = train.take(order[:held_out]), train.take(order[held_out:])
    return Dataset(
        name=settings.name,
        classes=settings.classes,
        train_images=train.images,
        train_labels=train.labels,
        validation_images=validation.images,
        validation_labels=validation.labels,
        test_images=test.images,
        test_labels=test.labels,
        source=found.source,
        digest=digest,
        verified=verified,
    )


def _digest(*parts: LabelledImages) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(np.array(part.images.shape, "<u4").tobytes())
        digest.update(part.images.tobytes())
        digest.update(part.labels.tobytes())
    return digest.hexdigest()
