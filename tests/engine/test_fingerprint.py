"""A fingerprint changes with what code does, and with nothing else."""

from importlib.metadata import version

import pytest

from vae_report.engine import fingerprint as module
from vae_report.engine.fingerprint import Code, Name
from vae_report.errors import ReportError
from vae_report.registry import CODE, found

MODULES = {
    "__init__": "",
    "till": '''"""About the till."""
from shop import prices as all_prices
from shop.prices import vat

RATE = 2
LEAST, [MOST] = 0, [100]
TABLE = {"first": first, "second": Second}


def register(function):
    return function


@register
def first(number):
    """Twice the number."""
    return double(number)  # and no more


def double(number):
    from shop.prices import rounded
    return rounded(RATE * number) + LEAST - MOST


class Second:
    """Charges the tax."""
    def charge(self, number):
        return vat(number)


def unrelated():
    return TABLE["first"]


def by_module(number):
    return all_prices.rounded(number)


def with_a_whole_module():
    return dir(all_prices)


def even(number):
    return number == 0 or odd(number - 1)


def odd(number):
    return number != 0 and even(number - 1)
''',
    "prices": """
def vat(number):
    return 1.2 * number


def rounded(number):
    return round(number)
""",
    "front": "from shop.till import first",
}
FIRST, SECOND, UNRELATED = (Name("shop.till", name) for name in ("first", "Second", "unrelated"))


class Shop:
    """A package whose code can be edited."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        for name, code in MODULES.items():
            (folder / f"{name}.py").write_text(code)

    @property
    def code(self):
        """What a new process reads."""
        return Code({"shop": self.folder})

    def edit(self, old, new):
        for path in self.folder.rglob("*.py"):
            path.write_text(path.read_text().replace(old, new))

    def fingerprint(self, name, *, module="shop.till", **options):
        return self.code.fingerprint((Name(module, name),), **options)


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path / "shop")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  # and no more", ""),
        ("rounded(RATE * number)", "rounded(\n        RATE * number\n    )"),
        ("Twice the number.", "The double, σ.\n\n    Always."),
        ('"""About the till."""', ""),
        ("1.2", "1.3"),
        ("self, number", "self, sum"),
        ('return TABLE["first"]', "return 5"),
    ],
)
def test_what_a_function_does_not_depend_on_does_not_count(shop, old, new):
    before = shop.fingerprint("first")
    shop.edit(old, new)
    assert shop.fingerprint("first") == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("RATE = 2", "RATE = 3"),
        ("LEAST, [MOST] = 0, [100]", "LEAST, [MOST] = 1, [100]"),
        ("LEAST, [MOST] = 0, [100]", "LEAST, [MOST] = 0, [99]"),
        ("return double", "return 1 + double"),
        ("RATE * number", "number * RATE"),
        ("round(number)", "number"),
        ("@register\n", ""),
    ],
)
def test_what_it_depends_on_counts_at_any_distance(shop, old, new):
    before = shop.fingerprint("first")
    shop.edit(old, new)
    assert shop.fingerprint("first") != before


def test_a_class_counts_with_all_its_methods(shop):
    before = shop.fingerprint("Second")
    shop.edit("1.2", "1.3")
    assert shop.fingerprint("Second") != before


def test_what_is_taken_from_an_imported_module_counts_and_the_rest_of_it_does_not(shop):
    before = shop.fingerprint("by_module")
    shop.edit("1.2", "1.3")
    assert shop.fingerprint("by_module") == before
    shop.edit("round(number)", "number")
    assert shop.fingerprint("by_module") != before


def test_a_module_that_is_used_otherwise_counts_whole(shop):
    before = shop.fingerprint("with_a_whole_module")
    shop.edit("1.2", "1.3")
    assert shop.fingerprint("with_a_whole_module") != before


def test_functions_that_call_each_other_count_together(shop):
    before = {name: shop.fingerprint(name) for name in ("even", "odd")}
    assert before["even"] != before["odd"]
    shop.edit("number == 0", "number == 2")
    assert shop.fingerprint("even") != before["even"]
    assert shop.fingerprint("odd") != before["odd"]


def test_to_move_a_module_changes_nothing(shop):
    before = {name: shop.fingerprint(name) for name in ("first", "Second", "by_module", "even")}
    rooms = shop.folder / "rooms"
    rooms.mkdir()
    (rooms / "__init__.py").write_text("")
    (shop.folder / "prices.py").rename(rooms / "prices.py")
    (shop.folder / "till.py").rename(rooms / "till.py")
    shop.edit("from shop.prices", "from shop.rooms.prices")
    shop.edit("from shop import prices", "from shop.rooms import prices")
    moved = {name: shop.fingerprint(name, module="shop.rooms.till") for name in before}
    assert moved == before


def test_a_name_that_is_only_passed_on_is_followed(shop):
    assert shop.fingerprint("first", module="shop.front") == shop.fingerprint("first")


@pytest.mark.parametrize(
    ("module", "name"), [("shop.till", "firzt"), ("shop.tail", "first"), ("shop", "first")]
)
def test_a_name_that_is_not_defined_is_refused(shop, module, name):
    with pytest.raises(ReportError, match=rf"{module.rpartition('.')[2]}.*{name}"):
        shop.fingerprint(name, module=module)
    with pytest.raises(ReportError):
        shop.fingerprint("first", without=(Name(module, name),))


def test_a_script_that_takes_what_is_not_defined_is_refused(shop, tmp_path):
    script = tmp_path / "script.py"
    script.write_text("from shop.till import first, firzt")
    with pytest.raises(ReportError, match="nothing called 'firzt' is defined there"):
        shop.code.imported_by(script)
    script.write_text("import os\nfrom shop.till import first")
    assert shop.code.imported_by(script) == (FIRST,)


def test_nothing_counts_beyond_the_names_at_which_to_stop(shop):
    table = (Name("shop.till", "TABLE"),)
    whole, cut = shop.fingerprint("unrelated"), shop.fingerprint("unrelated", without=table)
    shop.edit("1.2", "1.3")
    assert shop.fingerprint("unrelated") != whole
    assert shop.fingerprint("unrelated", without=table) == cut


def test_the_versions_of_libraries_count(shop, monkeypatch):
    before = shop.fingerprint("first", libraries=("numpy",))
    assert before != shop.fingerprint("first")
    monkeypatch.setattr(module, "version", lambda library: version(library) + ".1")
    assert shop.fingerprint("first", libraries=("numpy",)) != before


def test_what_stands_under_a_decorator_is_found_in_packages_and_modules(shop):
    for place in ("shop", "shop.till"):
        assert shop.code.decorated("register", [place]) == {"first": FIRST}
    assert shop.code.decorated("register", ["shop.nowhere"]) == {}
    shop.edit("@register\ndef first", '@register("one")\ndef first')
    assert shop.code.decorated("register", ["shop"]) == {"one": FIRST}


def test_two_of_one_name_under_a_decorator_are_refused(shop):
    (shop.folder / "tell.py").write_text("@register\ndef first():\n    pass\n")
    with pytest.raises(ReportError, match=r"both shop\.tell\.first and shop\.till\.first are"):
        shop.code.decorated("register", ["shop"])


@pytest.mark.parametrize("left", [".#till.py", "._till.py", "till.old.py", "till copy.py"])
def test_what_editors_and_file_systems_leave_is_no_module(shop, left):
    before = shop.code.everything()
    (shop.folder / left).write_bytes(b"\x00\x05\x16\x07 no Python")
    (shop.folder / f"{left}.py").symlink_to("nowhere")
    assert shop.code.everything() == before
    assert shop.code.decorated("register", ["shop"]) == {"first": FIRST}


def test_the_place_of_a_definition_is_its_file_and_line(shop):
    path, line = shop.code.place_of(FIRST)
    lines = (shop.folder.parent / path).read_text().splitlines()
    assert lines[line - 1] == "def first(number):"


def test_code_that_is_no_python_is_one_line(shop):
    shop.edit("return rounded(RATE * number)", "return rounded(RATE *")
    with pytest.raises(ReportError, match=rf"^{shop.folder}/till.py:\d+: .*; correct it\.$"):
        shop.fingerprint("first")


def test_the_package_itself_is_read_whole():
    everything = CODE.everything()
    assert Name("vae_report.models.autoencoders", "VAE") in everything
    assert len(everything) > len(found("figure", "figures")) > 0
    assert CODE.fingerprint(everything), "nothing refers to what is not defined"
