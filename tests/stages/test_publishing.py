"""What a folder shows is what was made, and nothing that was made before."""

import pytest

from vae_report.errors import ReportError
from vae_report.stages.publishing import publish
from written import write


def shown(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "published.json"
    }


@pytest.fixture
def made(tmp_path):
    return write({"one": b"1", "two": b"2"}, tmp_path / "store")


def test_a_folder_shows_the_files_of_today(made, tmp_path):
    folder = tmp_path / "assets"
    publish({"one": made / "one", "deep/two": made / "two"}, folder)
    assert shown(folder) == {"one": "1", "deep/two": "2"}
    (folder / "mine").write_text("by hand")
    publish({"one": made / "two"}, folder)
    assert shown(folder) == {"one": "2", "mine": "by hand"}


def test_what_was_edited_is_put_right_and_what_is_right_is_left_alone(made, tmp_path):
    folder = tmp_path / "assets"
    files = {"one": made / "one", "two": made / "two"}
    publish(files, folder)
    (folder / "one").write_text("edited")
    before = (folder / "two").stat().st_mtime_ns
    publish(files, folder)
    assert shown(folder) == {"one": "1", "two": "2"}
    assert (folder / "two").stat().st_mtime_ns == before


def test_a_list_that_is_damaged_removes_nothing(made, tmp_path):
    folder = tmp_path / "assets"
    publish({"one": made / "one"}, folder)
    (folder / "published.json").write_text("{")
    publish({"two": made / "two"}, folder)
    assert shown(folder) == {"one": "1", "two": "2"}


def test_a_folder_that_cannot_be_written_is_one_line(made, tmp_path):
    (tmp_path / "assets").write_text("in the way")
    with pytest.raises(ReportError, match=r"one: cannot be written"):
        publish({"one": made / "one"}, tmp_path / "assets")
