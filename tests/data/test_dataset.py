"""The same data set out of every source; the documented order, digest and division."""

import hashlib
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st
from made_up import FORMS, TEST, TEST_SET, TRAIN, TRAIN_SET, digests, made_up, settings, write
from rich.console import Console

from vae_report.data import load_dataset
from vae_report.data.content import LabelledImages
from vae_report.settings import Sources

ARRAYS = [
    f"{split}_{what}" for split in ("train", "validation", "test") for what in ("images", "labels")
]


def assert_same(one, other):
    assert one.digest == other.digest
    for name in ARRAYS:
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name


def pairs(images, labels):
    return [(image.tobytes(), int(label)) for image, label in zip(images, labels, strict=True)]


@trials(max_examples=25, deadline=None)
@given(
    content=st.integers(0, 2**32 - 1),
    images=st.integers(1, 50),
    side=st.integers(8, 64),
    order=st.permutations(range(TRAIN)),
    form=st.sampled_from(FORMS),
)
def test_every_row_order_and_form_gives_the_same_arrays(content, images, side, order, form):
    train, test = (made_up(count, content, images, side) for count in (TRAIN, TEST))
    with TemporaryDirectory() as name:
        plain, other = Path(name, "plain"), Path(name, "other")
        write(plain, "idx", train, test)
        write(other, form, train.take(np.array(order)), test)
        dataset = load_dataset(settings(), plain)
        assert dataset.side == side
        assert_same(dataset, load_dataset(settings(), other))


def test_the_division_holds_every_image_once_and_follows_its_seed(tmp_path):
    write(tmp_path, "idx")
    dataset = load_dataset(settings(), tmp_path)
    train = pairs(dataset.train_images, dataset.train_labels)
    validation = pairs(dataset.validation_images, dataset.validation_labels)
    assert len(validation) == TRAIN * 0.1
    assert sorted(train + validation) == sorted(pairs(TRAIN_SET.images, TRAIN_SET.labels))
    assert pairs(dataset.test_images, dataset.test_labels) == sorted(
        pairs(TEST_SET.images, TEST_SET.labels)
    )
    other = load_dataset(settings(split_seed=1), tmp_path)
    assert other.digest == dataset.digest
    assert other.validation_images.tobytes() != dataset.validation_images.tobytes()


@pytest.mark.parametrize(("fraction", "validation"), [(0.001, 1), (0.999, TRAIN - 1)])
def test_no_split_is_empty(tmp_path, fraction, validation):
    write(tmp_path, "idx")
    dataset = load_dataset(settings(validation_fraction=fraction), tmp_path)
    assert len(dataset.validation_labels) == validation


def test_the_digest_is_the_documented_one(tmp_path):
    write(tmp_path, "csv")
    expected = hashlib.sha256()
    for part in (TRAIN_SET, TEST_SET):
        images, labels = zip(*sorted(pairs(part.images, part.labels)), strict=True)
        expected.update(len(images).to_bytes(4, "little") + (784).to_bytes(4, "little"))
        expected.update(b"".join(images) + bytes(labels))
    assert load_dataset(settings(), tmp_path).digest == expected.hexdigest()


def test_equal_images_are_ordered_by_label():
    image = np.zeros((3, 784), np.uint8)
    ordered = LabelledImages(image, np.array([2, 0, 1], np.uint8)).in_canonical_order()
    assert all(first < second for first, second in pairwise(ordered.labels))


def test_a_table_is_verified_by_the_canonical_digest_alone(tmp_path):
    write(tmp_path, "csv")
    unverified = load_dataset(settings(sha256=digests(canonical="0" * 64)), tmp_path)
    assert not unverified.verified
    assert load_dataset(settings(sha256=digests(unverified.digest)), tmp_path).verified
    assert not load_dataset(settings(), tmp_path).verified


def test_idx_files_are_verified_by_their_own_digests(tmp_path):
    write(tmp_path, "gzip")
    assert load_dataset(settings(sha256=digests()), tmp_path).verified
    assert not load_dataset(settings(), tmp_path).verified


@pytest.mark.parametrize(
    ("form", "source"),
    [("idx", "IDX"), ("gzip", "IDX, gzipped"), ("csv", "CSV"), ("zips", "CSV, zipped")],
)
def test_the_source_is_said(tmp_path, capsys, form, source):
    write(tmp_path / "data", form)
    dataset = load_dataset(settings(), tmp_path / "data", Console(soft_wrap=True))
    assert dataset.source == f"data/ ({source})"
    said = capsys.readouterr().out
    assert f"data/ ({source}), unverified, SHA-256 {dataset.digest}" in said


def test_the_folder_comes_before_the_system(tmp_path):
    own, system = tmp_path / "data", tmp_path / "system"
    write(system, "gzip")
    found = settings(sources=Sources(system=system))
    assert load_dataset(found, own).source == f"{system} (IDX, gzipped)"
    assert not own.exists()
    write(own, "csv")
    assert load_dataset(found, own).source == "data/ (CSV)"


def test_a_data_set_of_ones_own_is_a_change_of_settings_alone(tmp_path):
    write(tmp_path, "csv")
    for part in ("train", "test"):
        (tmp_path / f"fashion-mnist_{part}.csv").rename(tmp_path / f"my-shapes_{part}.csv")
    dataset = load_dataset(settings(name="My Shapes"), tmp_path)
    assert (dataset.name, dataset.verified) == ("My Shapes", False)
