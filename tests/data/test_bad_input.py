"""Each thing that can be wrong with the user's own files ends in one line that names it."""

import gzip
import zipfile
from pathlib import Path

import numpy as np
import pytest
from made_up import (
    FORMS,
    TEST,
    TEST_SET,
    TRAIN,
    TRAIN_SET,
    columns,
    csv,
    digests,
    idx,
    made_up,
    settings,
    write,
)

from vae_report.data import load_dataset
from vae_report.errors import ReportError
from vae_report.settings import Sources

IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TABLE = "fashion-mnist_train.csv"


def failure(folder, **changes):
    """Load, and return the message that must come; nothing in the folder may have changed."""
    before = contents(folder)
    with pytest.raises(ReportError) as raised:
        load_dataset(settings(**changes), folder)
    assert contents(folder) == before
    message = str(raised.value)
    assert "\n" not in message
    assert str(folder) in message
    return message


def contents(folder: Path):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def images(count, rows, columns=None):
    return idx(np.zeros((count, rows, columns or rows), np.uint8))


def header(magic):
    return magic + images(40, 28)[4:]


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        (IMAGES, header(b"\0\0\x08\x01"), "begins with 0x00000801"),
        (IMAGES, b"<!DOCTYPE html>", "begins with 0x3c21444f"),
        (IMAGES, b"", "begins with 0x00000000"),
        (
            IMAGES,
            images(40, 7),
            "images of 7×7 pixels, expected as many rows as columns, from 8 to",
        ),
        (
            IMAGES,
            images(40, 65),
            "images of 65×65 pixels, expected as many rows as columns, from 8",
        ),
        (IMAGES, images(40, 28, 32), "images of 28×32 pixels, expected as many rows as columns"),
        (IMAGES, images(39, 28), "holds 39 items, report.toml says 40"),
        (IMAGES, images(41, 28), "holds 41 items, report.toml says 40"),
        (IMAGES, images(40, 28)[:-1], "holds 31359 bytes after its header, which says 31360"),
        (IMAGES, images(40, 28)[:14], "images of 28×0 pixels, expected as many"),
        (IMAGES, gzip.compress(images(40, 28), mtime=0)[:-9], "truncated or corrupt gzip"),
        (
            IMAGES,
            gzip.compress(images(40, 28), mtime=0)[:20] + b"?" * 40,
            "truncated or corrupt gzip",
        ),
        (IMAGES, gzip.compress(images(40, 28), mtime=0) + b"?", "truncated or corrupt gzip"),
        (LABELS, idx(np.arange(40, dtype=np.uint8) % 11), "item 10 is 10, outside 0–9"),
    ],
)
@pytest.mark.parametrize("form", ["idx", "gzip"])
def test_a_bad_idx_file(tmp_path, form, name, content, problem):
    write(tmp_path, form)
    path = next(tmp_path.glob(f"{name}*"))
    path.write_bytes(content)
    message = failure(tmp_path)
    assert f"{path}: " in message
    assert problem in message


def test_an_idx_file_that_is_not_the_published_one(tmp_path):
    write(tmp_path, "idx", train=TRAIN_SET.take(np.arange(40)[::-1]))
    assert f"{tmp_path / IMAGES}: its SHA-256 is " in failure(tmp_path, sha256=digests())


def edit(line, column, cell):
    rows = [row.split(",") for row in csv(TRAIN_SET).splitlines()]
    rows[line - 1][column] = cell
    return "\n".join(",".join(row) for row in rows)


def without_column(column):
    return "\n".join(
        ",".join(row.split(",")[:column] + row.split(",")[column + 1 :])
        for row in csv(TRAIN_SET).splitlines()
    )


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (
            without_column(300),
            "784 columns, expected 'label' and the pixels of a square of 8 to 64",
        ),
        (without_column(300), "a side; missing: pixel300"),
        (csv(made_up(TRAIN, side=7)), "its header has 50 columns, expected"),
        (csv(made_up(TRAIN, side=65)), "its header has 4226 columns, expected"),
        (without_column(0), "missing: label"),
        (csv(TRAIN_SET).partition("\n")[2], "missing: label"),
        (edit(3, 5, "256"), "line 3, column 'pixel5': '256' is not a whole number from 0 to 255"),
        (edit(41, 784, "-1"), "line 41, column 'pixel784': '-1'"),
        (edit(2, 1, "shoe"), "line 2, column 'pixel1': 'shoe'"),
        (edit(2, 1, "0.5"), "line 2, column 'pixel1': '0.5'"),
        (edit(2, 1, ""), "line 2, column 'pixel1': ''"),
        (edit(2, 1, "9" * 5000), "line 2, column 'pixel1': '99"),
        (edit(2, 1, "\udcff"), "line 2, column 'pixel1'"),
        (edit(9, 0, "10"), "line 9, column 'label': '10' is not a whole number from 0 to 9"),
        (edit(9, 784, "0,0"), "line 9 has 786 cells, its header 785"),
        (csv(TRAIN_SET).rsplit(",", 99)[0], "line 41 has 686 cells, its header 785"),
        (csv(TRAIN_SET.take(np.arange(39))), "holds 39 rows, report.toml says 40"),
        (",".join(columns(TRAIN_SET)), "holds no rows, report.toml says 40"),
        (",".join(columns(TRAIN_SET)) + "\n\n", "holds no rows, report.toml says 40"),
        ("", "missing: label"),
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_a_bad_table(tmp_path, zipped, table, problem):
    write(tmp_path, "csv")
    path = tmp_path / TABLE
    path.write_bytes(table.encode(errors="surrogateescape"))
    if zipped:
        archive = tmp_path / "archive.zip"
        with zipfile.ZipFile(archive, "w") as opened:
            opened.write(path, TABLE)
        path.unlink()
        path = archive / TABLE
    message = failure(tmp_path)
    assert f"{path}: " in message
    assert problem in message


@pytest.mark.parametrize("form", FORMS)
def test_images_for_testing_of_another_size(tmp_path, form):
    write(tmp_path, form, made_up(TRAIN, side=8), made_up(TEST, side=16))
    message = failure(tmp_path)
    assert "16×16 pixels, those for training have 8×8" in message
    assert "t10k-images" in message or "fashion-mnist_test.csv" in message


def test_line_ends_blank_lines_quotes_and_a_byte_order_mark_are_no_fault(tmp_path):
    write(tmp_path, "csv")
    table = csv(TRAIN_SET).replace("label", '"label"').replace("\n", "\r\n\r\n")
    (tmp_path / TABLE).write_text(f"\ufeff{table}", encoding="utf-8")
    write(tmp_path / "plain", "csv")
    assert (
        load_dataset(settings(), tmp_path).digest
        == load_dataset(settings(), tmp_path / "plain").digest
    )


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("key", [str, lambda name: name[::-1], lambda name: name == "label"])
def test_columns_are_read_by_their_names(tmp_path, key, first):
    write(tmp_path, "csv")
    expected = load_dataset(settings(), tmp_path).digest
    _, *rows = (line.split(",") for line in csv(TRAIN_SET).splitlines())
    names = ["label", *(f"pixel{number + first}" for number in range(784))]
    order = sorted(range(785), key=lambda place: key(names[place]))
    assert order != list(range(785))
    table = "\n".join(",".join(line[place] for place in order) for line in (names, *rows))
    (tmp_path / TABLE).write_text(table)
    assert load_dataset(settings(), tmp_path).digest == expected


def test_a_lone_table(tmp_path):
    (tmp_path / TABLE).write_text(csv(TRAIN_SET))
    assert "fashion-mnist_test.csv is not in" in failure(tmp_path)


def test_a_zip_without_the_table(tmp_path):
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        archive.writestr("holiday.csv", csv(TEST_SET))
    message = failure(tmp_path)
    assert f"{TABLE} is not in {tmp_path} or {tmp_path / 'archive.zip'}" in message


def test_a_truncated_zip(tmp_path):
    write(tmp_path, "zip")
    archive = tmp_path / "archive.zip"
    archive.write_bytes(archive.read_bytes()[:-100])
    assert "archive.zip is a truncated or corrupt zip file" in failure(tmp_path)


def test_a_zip_with_a_damaged_member(tmp_path):
    write(tmp_path, "zip")
    archive = tmp_path / "archive.zip"
    content = bytearray(archive.read_bytes())
    content[5_000:5_100] = bytes(100)
    archive.write_bytes(content)
    assert "truncated, corrupt or encrypted in its zip file" in failure(tmp_path)


def test_a_damaged_file_is_no_reason_to_look_elsewhere(tmp_path):
    own, system = tmp_path / "data", tmp_path / "system"
    write(own, "idx")
    write(system, "idx")
    (own / IMAGES).write_bytes(b"")
    assert str(own / IMAGES) in failure(own, sources=Sources(system=system))


def test_no_data_anywhere(tmp_path):
    nowhere = Sources(system=tmp_path / "system", downloads=("http://127.0.0.1:9/", "no address"))
    message = failure(tmp_path, sources=nowhere)
    for part in (
        f"{tmp_path} has none of its files",
        f"{tmp_path / 'system'} has none",
        "http://127.0.0.1:9/: train-images-idx3-ubyte.gz: ",
        "no address: ",
        f"put {IMAGES}, ",
    ):
        assert part in message


def test_an_incomplete_set_says_what_it_lacks(tmp_path):
    write(tmp_path, "idx")
    (tmp_path / LABELS).unlink()
    assert f"{tmp_path} lacks {LABELS}. Connect" in failure(tmp_path)


def test_a_damaged_system_folder_is_passed_over_with_its_reason(tmp_path):
    own, system = tmp_path / "data", tmp_path / "system"
    own.mkdir()
    write(system, "idx")
    (system / LABELS).write_bytes(b"")
    message = failure(own, sources=Sources(system=system))
    assert f"{system / LABELS}: begins with 0x00000000" in message
