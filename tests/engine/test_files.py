"""Files are whole or absent."""

import pytest

from vae_report.engine.files import write_text
from vae_report.errors import ReportError


def test_text_is_written_whole_into_a_folder_that_is_made(tmp_path):
    path = tmp_path / "made" / "file.json"
    write_text(path, "first")
    write_text(path, "zweitens: ε")
    assert path.read_text(encoding="utf-8") == "zweitens: ε"
    assert list(path.parent.iterdir()) == [path]


def test_text_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "metrics.json"
    with pytest.raises(ReportError, match="cannot be written") as raised:
        write_text(path, "text")
    assert str(raised.value).startswith(f"{path}: ")
