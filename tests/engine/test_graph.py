"""What is due is made, in order, and nothing else; and why is said."""

import shutil
import threading
import time
from pathlib import Path

import pytest

import vae_report
from small_report import Silent
from vae_report.engine.fingerprint import Code
from vae_report.engine.graph import Item, Step, critical_path, explain, make_due
from vae_report.errors import ReportError


class Kitchen:
    """Items that are files, each made from the text of its recipe and from the items before it."""

    def __init__(self, folder):
        self.folder = folder
        self.recipes = {"dough": "flour", "sauce": "tomato", "pizza": "bake"}
        self.made = []

    def item(self, name, after=(), **options):
        def make():
            if self.recipes[name] == "burn":
                raise ReportError(f"{name} is burnt")
            self.made.append(name)
            (self.folder / name).write_text(self.recipes[name])

        return Item(
            "cook",
            name,
            lambda: {
                "recipe": self.recipes[name],
                **{item.name: (self.folder / item.name).read_text() for item in after},
            },
            (self.folder / name).exists,
            make,
            after,
            **options,
        )

    @property
    def items(self):
        dough, sauce = self.item("dough"), self.item("sauce")
        return [dough, sauce, self.item("pizza", [dough, sauce])]

    def cook(self, items=None, at_once=2):
        self.made.clear()
        state = self.folder / "state" / "made.json"
        return make_due(items or self.items, state, at_once, Silent(), lambda: None)

    def explained(self):
        plan = explain(self.items, self.folder / "state" / "made.json")
        return {item.name: reason for item, reason in plan}


@pytest.fixture
def kitchen(tmp_path):
    return Kitchen(tmp_path)


def test_everything_is_made_once_and_in_order(kitchen):
    steps = kitchen.cook()
    assert sorted(kitchen.made[:2]) == ["dough", "sauce"]
    assert kitchen.made[2:] == ["pizza"]
    assert [step.reason for step in steps] == ["not made before"] * 3
    assert [step.reason for step in kitchen.cook()] == [None] * 3
    assert kitchen.made == []


def test_a_change_is_followed_and_named(kitchen):
    kitchen.cook()
    kitchen.recipes["sauce"] = "pesto"
    reasons = [step.reason for step in kitchen.cook()]
    assert reasons == [None, "changed: recipe", "changed: sauce"]
    assert kitchen.made == ["sauce", "pizza"]


def test_what_is_missing_is_made_again_and_what_follows_from_it_only_if_it_differs(kitchen):
    kitchen.cook()
    (kitchen.folder / "dough").unlink()
    assert [step.reason for step in kitchen.cook()] == ["missing or damaged", None, None]


def test_what_is_named_by_its_content_is_never_out_of_date(kitchen):
    kitchen.cook([kitchen.item("dough", content_named=True)])
    kitchen.recipes["dough"] = "rye"
    kitchen.cook([kitchen.item("dough", content_named=True)])
    assert kitchen.made == []


def test_what_is_always_made_is_made_always(kitchen):
    for _ in range(2):
        [step] = kitchen.cook([kitchen.item("dough", always=True)])
        assert step.reason == "made at every build"
        assert kitchen.made == ["dough"]


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

    def fail():
        raise ReportError("no")

    items = [
        Item("wait", "", dict, lambda: False, lambda: stopped.wait(30)),
        Item("fail", "", dict, lambda: False, fail),
    ]
    started = time.monotonic()
    with pytest.raises(ReportError, match=r"^no$"):
        make_due(items, tmp_path / "made.json", 2, Silent(), stopped.set)
    assert time.monotonic() - started < 20


def test_parts_that_cannot_be_told_are_a_failure(tmp_path):
    def unknown():
        raise ReportError("no such model")

    item = Item("train", "", unknown, lambda: False, lambda: None)
    with pytest.raises(ReportError, match=r"^no such model$"):
        make_due([item], tmp_path / "made.json", 1, Silent(), lambda: None)


def test_the_critical_path_leaves_no_gap():
    def step(name, started, ended, reason="due"):
        item = Item("stage", name, dict, bool, lambda: None)
        return Step(item, reason, started, ended)

    steps = [
        step("long", 0.0, 5.0),
        step("short", 0.0, 2.0),
        step("next", 2.1, 5.5),
        step("reused", 0.0, 0.0, None),
        step("last", 5.6, 6.0),
    ]
    assert [step.item.name for step in critical_path(steps)] == ["short", "next", "last"]


def test_a_changed_figure_is_out_of_date_and_no_other_is(tmp_path):
    shutil.copytree(Path(vae_report.__file__).parents[1], tmp_path / "src")
    packages = {name: tmp_path / "src" / name for name in ("vae_report", "report")}

    def figures():
        code = Code(packages)
        found = code.decorated("figure", ["report.figures"])
        return {name: code.fingerprint((function,)) for name, function in found.items()}

    before = figures()
    losses = packages["report"] / "figures" / "losses.py"
    code = losses.read_text()
    assert "def ae_train_loss(results: Results) -> Drawing:" in code
    losses.write_text(
        code.replace(
            "def ae_train_loss(results: Results) -> Drawing:",
            "def ae_train_loss(results: Results) -> Drawing:\n    print()",
        )
    )
    after = figures()
    assert {name for name in before if before[name] != after[name]} == {"ae_train_loss"}


def test_a_mistake_of_the_program_is_not_swallowed(tmp_path):
    """Neither one in finding out what an item is made from, nor one of whoever watches."""
    kitchen = Kitchen(tmp_path)

    def mistaken(*_):
        raise LookupError("a mistake of the program")

    nameless = Item("cook", "soup", mistaken, lambda: False, lambda: None)
    with pytest.raises(LookupError, match="a mistake of the program"):
        kitchen.cook([nameless])

    watcher = Silent()
    watcher.ends = mistaken
    with pytest.raises(LookupError, match="a mistake of the program"):
        make_due(kitchen.items, tmp_path / "made.json", 2, watcher, lambda: None)


def test_what_was_made_must_be_written_down(tmp_path):
    state = tmp_path / "made.json"
    state.mkdir()
    with pytest.raises(ReportError, match=r"made\.json: "):
        make_due(Kitchen(tmp_path).items, state, 2, Silent(), lambda: None)
