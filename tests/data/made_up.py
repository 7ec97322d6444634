"""A made-up data set in every form that the real one comes in."""

import gzip
import hashlib
import math
import zipfile
from pathlib import Path

import numpy as np

from vae_report.data.content import LabelledImages
from vae_report.settings import DataSettings, Digests, Sources

TRAIN, TEST = 40, 10
IDX_NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
FORMS = ("idx", "gzip", "csv", "zip", "zips")


def made_up(count, seed=0, images=1000, side=28):
    """Random images, of which few differ where `images` is small."""
    generator = np.random.default_rng(seed)
    choice = generator.integers(0, 256, (images, side**2), np.uint8)
    return LabelledImages(
        choice[generator.integers(0, images, count)], generator.integers(0, 10, count, np.uint8)
    )


TRAIN_SET, TEST_SET = made_up(TRAIN, 0), made_up(TEST, 1)


def settings(**changes):
    values = {
        "name": "Fashion-MNIST",
        "classes": tuple("abcdefghij"),
        "train_images": TRAIN,
        "test_images": TEST,
        "validation_fraction": 0.1,
        "split_seed": 0,
        "sources": Sources(),
    }
    return DataSettings(**values | changes)


def idx(items):
    magic = 0x0800 + items.ndim
    return b"".join(number.to_bytes(4) for number in (magic, *items.shape)) + items.tobytes()


def squares(images):
    side = math.isqrt(images.shape[1])
    return images.reshape(-1, side, side)


def idx_contents(train=TRAIN_SET, test=TEST_SET):
    """The decompressed content of each of the four files."""
    arrays = [array for part in (train, test) for array in (squares(part.images), part.labels)]
    return dict(zip(IDX_NAMES, map(idx, arrays), strict=True))


def digests(canonical=None):
    keys = ("train_images", "train_labels", "test_images", "test_labels")
    contents = idx_contents().values()
    files = {
        key: hashlib.sha256(content).hexdigest()
        for key, content in zip(keys, contents, strict=True)
    }
    return Digests(**files, canonical=canonical)


def columns(part):
    return ["label", *(f"pixel{number}" for number in range(1, part.images.shape[1] + 1))]


def csv(part):
    rows = np.column_stack([part.labels, part.images]).tolist()
    return "".join(",".join(map(str, row)) + "\n" for row in [columns(part), *rows])


def write(folder: Path, form: str, train=TRAIN_SET, test=TEST_SET):
    """Write a data set into a folder, in one of `FORMS`."""
    folder.mkdir(parents=True, exist_ok=True)
    if form == "idx":
        for name, content in idx_contents(train, test).items():
            (folder / name).write_bytes(content)
    elif form == "gzip":
        for name, content in idx_contents(train, test).items():
            (folder / f"{name}.gz").write_bytes(gzip.compress(content, 1, mtime=0))
    else:
        for name, part in (("train", train), ("test", test)):
            file = f"fashion-mnist_{name}.csv"
            if form == "csv":
                (folder / file).write_text(csv(part))
            else:
                archive = folder / ("archive.zip" if form == "zip" else f"{file}.zip")
                with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as opened:
                    opened.writestr(f"inner/{file}", csv(part))
