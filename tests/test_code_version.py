"""A version of code changes with what the code does, and with nothing else."""

import pytest

from vae_report import code_version as module
from vae_report.code_version import code_version

CODE = '''"""About the module."""

def double(number):
    """Twice the number."""
    return 2 * number  # and no more
'''


@pytest.fixture
def version(tmp_path, monkeypatch):
    """Return the version of a package that holds the given code."""
    monkeypatch.setattr(module, "_PACKAGE", tmp_path)

    def of(code, name="module.py", modules=("module.py",), libraries=()):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(code, encoding="utf-8")
        return code_version(modules, libraries)

    return of


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  # and no more", ""),
        ("return 2 * number", "return (2 *\n            number)"),
        ("Twice the number.", "The double, σ.\n\n    Always."),
        ('"""About the module."""', ""),
    ],
)
def test_comments_docstrings_and_layout_do_not_count(version, old, new):
    assert version(CODE) == version(CODE.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [("2 *", "3 *"), ("2 *", "2.0 *"), ("def double", "def twice"), ("return 2", 'return "" or 2')],
)
def test_what_the_code_does_counts(version, old, new):
    assert version(CODE) != version(CODE.replace(old, new))


def test_every_file_of_a_folder_counts_and_so_does_its_name(version):
    first = version(CODE, "folder/a.py", ["folder"])
    second = version("x = 1", "folder/b.py", ["folder"])
    assert first != second
    assert second != version("x = 2", "folder/b.py", ["folder"])
    assert version(CODE, "c.py", ["c.py"]) != version(CODE, "d.py", ["d.py"])


def test_the_versions_of_libraries_count(version, monkeypatch):
    before = version(CODE, libraries=["numpy"])
    assert before != version(CODE)
    monkeypatch.setattr(module, "version", lambda library: "0.0.1")
    assert before != version(CODE, libraries=["numpy"])
