"""The data set as everything after it sees it: verified, in canonical order, divided."""

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
        name: as in `report.toml`.
        classes: the name of each label.
        source: where it was found and in what form, for people.
        digest: SHA-256 of the whole set in canonical order, see `data/README.md`.
        verified: the set is the published one, by the digests in `report.toml`; false also where
            those give none to go by.
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
        """The number of pixels a side of every image."""
        return math.isqrt(self.train_images.shape[1])


def load_dataset(settings: DataSettings, folder: Path, console: Console | None = None) -> Dataset:
    """Find the data set, fetch it where it must be, verify it, and divide it.

    It is looked for in the folder, then at `settings.sources`: the system's folder, the downloads,
    the Debian package. What had to be fetched is kept in the folder.

    Args:
        settings: which data set, and its division.
        folder: of the user's data; made where it is needed.
        console: shows downloads, and is told the source; none for silence.

    Raises:
        ReportError: something in the folder is damaged, or no source has the data set.
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
