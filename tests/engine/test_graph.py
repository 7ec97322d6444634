"""What is missing is made, in order, and nothing else; and why is said."""

import shutil
import threading
import time
from pathlib import Path

import pytest

import vae_report
from small_report import IN_FORCE, Silent
from vae_report.engine.fingerprint import Code
from vae_report.engine.graph import Item, Outcome, critical_path, explain, make_missing
from vae_report.engine.store import Entry, Store
from vae_report.errors import ReportError


class Kitchen:
    """Items that are entries, each made from its recipe and from the items before it."""

    def __init__(self, folder):
        self.store = Store(folder / "store")
        self.state = folder / "state" / "made.json"
        self.recipes = {"dough": "flour", "sauce": "tomato", "pizza": "bake"}
        self.made = []

    def item(self, name, after=(), **options):
        def entries():
            before = {item.name: self.content(item) for item in after}
            return [Entry(name, {"recipe": self.recipes[name], **before})]

        def make(missing):
            if self.recipes[name] == "burn":
                raise ReportError(f"{name} is burnt")
            self.made.append(name)
            return {entry.key: {"dish": self.recipes[name].encode()} for entry in missing}

        return Item("cook", name, make, entries, after, **options)

    def content(self, item):
        [entry] = item.entries()
        return (self.store.find(entry.key) / "dish").read_text()

    @property
    def items(self):
        dough, sauce = self.item("dough"), self.item("sauce")
        return [dough, sauce, self.item("pizza", [dough, sauce])]

    def cook(self, items=None, at_once=2):
        self.made.clear()
        items = items or self.items
        return make_missing(items, self.store, self.state, at_once, Silent(), lambda: None)

    def explained(self):
        plan = explain(self.items, self.store, self.state)
        return {item.name: reason for item, reason in plan}


def make(items, folder, watcher=None, stop=lambda: None):
    store = Store(folder / "store")
    return make_missing(items, store, folder / "made.json", 2, watcher or Silent(), stop)


@pytest.fixture
def kitchen(tmp_path):
    return Kitchen(tmp_path)


def test_everything_is_made_once_and_in_order(kitchen):
    outcomes = kitchen.cook()
    assert sorted(kitchen.made[:2]) == ["dough", "sauce"]
    assert kitchen.made[2:] == ["pizza"]
    assert [outcome.reason for outcome in outcomes] == ["not made before"] * 3
    assert [outcome.reason for outcome in kitchen.cook()] == [None] * 3
    assert kitchen.made == []


def test_a_change_is_followed_and_named(kitchen):
    kitchen.cook()
    kitchen.recipes["sauce"] = "pesto"
    reasons = [outcome.reason for outcome in kitchen.cook()]
    assert reasons == [None, "changed: recipe", "changed: sauce"]
    assert kitchen.made == ["sauce", "pizza"]


def test_what_is_missing_is_made_again_and_what_follows_from_it_only_if_it_differs(kitchen):
    kitchen.cook()
    [dough] = kitchen.items[0].entries()
    (kitchen.store.find(dough.key) / "dish").write_text("mould")
    assert [outcome.reason for outcome in kitchen.cook()] == ["missing or damaged", None, None]
    assert kitchen.content(kitchen.items[0]) == "flour"


def test_what_was_made_before_is_there_when_it_is_wanted_again(kitchen):
    for recipe, reasons in (
        ("tomato", ["not made before"] * 3),
        ("pesto", [None, "changed: recipe", "changed: sauce"]),
        ("tomato", [None] * 3),
    ):
        kitchen.recipes["sauce"] = recipe
        assert [outcome.reason for outcome in kitchen.cook()] == reasons


def test_of_several_entries_those_that_are_missing_are_made_and_named(kitchen):
    def entries():
        return [Entry(name, {"recipe": recipe}) for name, recipe in kitchen.recipes.items()]

    def make(missing):
        kitchen.made.extend(entry.name for entry in missing)
        return {entry.key: {} for entry in missing}

    kitchen.cook([Item("cook", "menu", make, entries)])
    kitchen.recipes |= {"dough": "rye", "sauce": "pesto"}
    [outcome] = kitchen.cook([Item("cook", "menu", make, entries)])
    assert outcome.reason == "changed: dough, sauce"
    assert kitchen.made == ["dough", "sauce"]


def test_what_changes_during_a_build_is_for_the_next_build(kitchen):
    dough = kitchen.item("dough")
    served = []

    def serve(missing):
        kitchen.recipes["dough"] = "rye"
        served.append(kitchen.content(dough))
        return {}

    table = Item("serve", "", serve, after=[dough], always=True)
    kitchen.cook([dough, table])
    assert served == ["flour"]
    assert [outcome.reason for outcome in kitchen.cook([kitchen.item("dough")])] == [
        "changed: recipe"
    ]


def test_what_has_an_effect_outside_of_the_store_is_made_always(kitchen):
    served = []
    table = Item("serve", "", lambda missing: served.append(missing) or {}, always=True)
    for count in (1, 2):
        [outcome] = kitchen.cook([table])
        assert outcome.reason == "made at every build"
        assert served == [[]] * count


def test_the_plan_is_what_is_then_done(kitchen):
    assert kitchen.explained() == {
        "dough": "not made before",
        "sauce": "not made before",
        "pizza": "follows cook dough and 1 more",
    }
    assert kitchen.made == []
    kitchen.cook()
    kitchen.recipes["pizza"] = "grill"
    assert kitchen.explained() == {"dough": None, "sauce": None, "pizza": "changed: recipe"}


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_failure_ends_the_build_and_keeps_what_was_made(kitchen, at_once):
    kitchen.recipes["sauce"] = "burn"
    with pytest.raises(ReportError, match=r"^sauce is burnt$"):
        kitchen.cook(at_once=at_once)
    assert "pizza" not in kitchen.made
    kitchen.recipes["sauce"] = "tomato"
    already = list(kitchen.made)
    kitchen.cook()
    assert sorted(already + kitchen.made) == ["dough", "pizza", "sauce"]


def test_a_failure_stops_what_is_being_made_beside_it(tmp_path):
    stopped = threading.Event()

    def fail(missing):
        raise ReportError("no")

    items = [
        Item("wait", "", lambda missing: stopped.wait(30) and {}, always=True),
        Item("fail", "", fail, always=True),
    ]
    started = time.monotonic()
    with pytest.raises(ReportError, match=r"^no$"):
        make(items, tmp_path, stop=stopped.set)
    assert time.monotonic() - started < 20


def test_parts_that_cannot_be_told_are_a_failure(tmp_path):
    def unknown():
        raise ReportError("no such model")

    item = Item("train", "", dict, unknown)
    with pytest.raises(ReportError, match=r"^no such model$"):
        make([item], tmp_path)


def test_the_critical_path_leaves_no_gap():
    def outcome(name, started, ended, reason="due"):
        item = Item("stage", name, dict)
        return Outcome(item, reason, started, ended)

    outcomes = [
        outcome("long", 0.0, 5.0),
        outcome("short", 0.0, 2.0),
        outcome("next", 2.1, 5.5),
        outcome("reused", 0.0, 0.0, None),
        outcome("last", 5.6, 6.0),
    ]
    assert [outcome.item.name for outcome in critical_path(outcomes)] == ["short", "next", "last"]


def test_a_changed_figure_is_out_of_date_and_no_other_is(tmp_path):
    shutil.copytree(IN_FORCE / "src" / "report", tmp_path / "report")
    packages = {"vae_report": Path(vae_report.__file__).parent, "report": tmp_path / "report"}

    def figures():
        code = Code(packages)
        found = code.decorated("figure", ["report.figures"])
        return {name: code.fingerprint((function,)) for name, function in found.items()}

    before = figures()
    module = packages["report"] / "figures.py"
    definition = "def losses(results: Results) -> Drawing:"
    code = module.read_text()
    assert definition in code
    module.write_text(code.replace(definition, f"{definition}\n    print()"))
    after = figures()
    assert len(before) > 1
    assert {name for name in before if before[name] != after[name]} == {"losses"}


def test_a_mistake_of_the_program_is_not_swallowed(tmp_path):
    """Neither one in finding out what an item is made from, nor one of whoever watches."""
    kitchen = Kitchen(tmp_path)

    def mistaken(*_):
        raise LookupError("a mistake of the program")

    nameless = Item("cook", "soup", dict, mistaken)
    with pytest.raises(LookupError, match="a mistake of the program"):
        kitchen.cook([nameless])

    watcher = Silent()
    watcher.ends = mistaken
    with pytest.raises(LookupError, match="a mistake of the program"):
        make(kitchen.items, tmp_path, watcher)


def test_what_was_made_must_be_written_down(tmp_path):
    state = tmp_path / "made.json"
    state.mkdir()
    with pytest.raises(ReportError, match=r"made\.json: "):
        make(Kitchen(tmp_path).items, tmp_path)
