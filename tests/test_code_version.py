"""A version of code changes with what the code does, and with nothing else."""

from importlib.metadata import version

import pytest

from vae_report import code_version as module
from vae_report.code_version import (
    Name,
    code_version,
    entry_of,
    everything,
    functions_under,
    place_of,
)
from vae_report.errors import ReportError

MODULES = {
    "shop": '''"""About the shop."""
from vae_report.prices import vat

RATE = 2
TABLE = {"first": first, "second": Second}


def register(function):
    return function


@register
def first(number):
    """Twice the number."""
    return double(number)  # and no more


def double(number):
    from vae_report.prices import rounded
    return rounded(RATE * number)


class Second:
    """Charges the tax."""
    def charge(self, number):
        return vat(number)


def unrelated():
    return TABLE["first"]
''',
    "prices": """
def vat(number):
    return 1.2 * number


def rounded(number):
    return round(number)
""",
}
FIRST, SECOND, UNRELATED = Name("shop", "first"), Name("shop", "Second"), Name("shop", "unrelated")


@pytest.fixture
def edit(tmp_path, monkeypatch):
    """Edit the code of a package."""
    monkeypatch.setattr(module, "_FOLDER", tmp_path)
    for name, code in MODULES.items():
        (tmp_path / f"{name}.py").write_text(code)

    def replace(old="", new=""):
        module._module.cache_clear()
        module._meaning.cache_clear()
        code_version.cache_clear()
        for path in tmp_path.glob("*.py"):
            path.write_text(path.read_text().replace(old, new))

    replace()
    return replace


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  # and no more", ""),
        ("rounded(RATE * number)", "rounded(\n        RATE * number\n    )"),
        ("Twice the number.", "The double, σ.\n\n    Always."),
        ('"""About the shop."""', ""),
        ("1.2", "1.3"),
        ("self, number", "self, sum"),
        ('return TABLE["first"]', "return 5"),
    ],
)
def test_what_a_function_does_not_follow_from_does_not_count(edit, old, new):
    before = code_version((FIRST,))
    edit(old, new)
    assert code_version((FIRST,)) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("RATE = 2", "RATE = 3"),
        ("return double", "return 1 + double"),
        ("RATE * number", "number * RATE"),
        ("round(number)", "number"),
        ("@register\n", ""),
    ],
)
def test_what_it_follows_from_counts_at_any_distance(edit, old, new):
    before = code_version((FIRST,))
    edit(old, new)
    assert code_version((FIRST,)) != before


def test_a_class_counts_with_all_its_methods(edit):
    before = code_version((SECOND,))
    edit("1.2", "1.3")
    assert code_version((SECOND,)) != before


def test_nothing_counts_beyond_the_names_at_which_to_stop(edit):
    table = Name("shop", "TABLE")
    whole, cut = code_version((UNRELATED,)), code_version((UNRELATED,), without=(table,))
    edit("1.2", "1.3")
    assert code_version((UNRELATED,)) != whole
    assert code_version((UNRELATED,), without=(table,)) == cut


def test_the_versions_of_libraries_count(edit, monkeypatch):
    before = code_version((FIRST,), ("numpy",))
    assert before != code_version((FIRST,))
    monkeypatch.setattr(module, "version", lambda library: version(library) + ".1")
    edit()
    assert code_version((FIRST,), ("numpy",)) != before


def test_entries_of_a_table_and_functions_under_a_decorator_are_found(edit, tmp_path):
    table = Name("shop", "TABLE")
    assert entry_of(table, "second") == SECOND
    assert entry_of(table, "third") is None
    (tmp_path / "folder").mkdir()
    (tmp_path / "shop.py").rename(tmp_path / "folder" / "shop.py")
    assert functions_under("register", "folder") == {"first": Name("folder.shop", "first")}


def test_the_place_of_a_definition_is_its_file_and_line(edit, tmp_path):
    path, line = place_of(FIRST)
    assert (tmp_path / path).read_text().splitlines()[line - 1] == "def first(number):"


def test_code_that_is_no_python_is_one_line(edit, tmp_path):
    edit("return rounded(RATE * number)", "return rounded(RATE *")
    with pytest.raises(ReportError, match=rf"^{tmp_path}/shop.py:\d+: .*; correct it\.$"):
        code_version((FIRST,))


def test_the_package_itself_is_read_whole():
    assert Name("models", "VAE") in everything()
    assert len(everything()) > len(functions_under("figure", "figures")) > 0
