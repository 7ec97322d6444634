"""What a folder shows is what was made, and nothing that was made before."""

import pytest

from vae_report.engine.view import check, publish
from vae_report.errors import ReportError
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


@pytest.mark.parametrize("damage", ["edit", "truncate", "delete"])
def test_a_folder_is_held_against_what_was_published(made, tmp_path, damage):
    folder = tmp_path / "assets"
    publish({"one": made / "one", "deep/two": made / "two"}, folder)
    (folder / "mine").write_text("by hand")
    check(folder)
    match damage:
        case "edit":
            (folder / "deep" / "two").write_text("3")
        case "truncate":
            (folder / "deep" / "two").write_text("")
        case "delete":
            (folder / "deep" / "two").unlink()
    with pytest.raises(ReportError, match=r"deep/two: (changed|not there).*; run `make site`"):
        check(folder)
    publish({"one": made / "one", "deep/two": made / "two"}, folder)
    check(folder)


def test_a_folder_in_which_nothing_was_published_is_refused(tmp_path):
    with pytest.raises(ReportError, match="nothing was published"):
        check(tmp_path)


def test_a_publication_that_was_cut_short_is_not_confirmed(made, tmp_path):
    folder = tmp_path / "assets"
    publish({"one": made / "one", "two": made / "two"}, folder)
    (made / "two").unlink()
    (made / "one").write_text("new")
    with pytest.raises(OSError, match="two"):
        publish({"one": made / "one", "two": made / "two"}, folder)
    with pytest.raises(ReportError, match="one: changed since it was published"):
        check(folder)


def test_a_list_that_names_files_elsewhere_removes_none_of_them(made, tmp_path):
    folder = tmp_path / "assets"
    publish({"one": made / "one"}, folder)
    (folder / "published.json").write_text('{"../store/two": "", "/etc/hostname": "", "gone": ""}')
    publish({"one": made / "one"}, folder)
    assert (made / "two").is_file()
