"""Which runs are trained together, and of those which."""

import pytest
from rich.console import Console

from small_report import REPORT, SWEEPS, Silent, make_report
from vae_report.engine.graph import make_missing
from vae_report.engine.workers import Workers
from vae_report.stages.context import Context, Options
from vae_report.stages.finding import data_item
from vae_report.stages.training import run_items, spec_of
from vae_report.training.runs import shape


@pytest.fixture
def context(tmp_path):
    """A build of a report whose data are found, which believes to have an accelerator."""
    root = make_report(tmp_path / "report", REPORT + SWEEPS)
    options = Options(root, "small", root / "data", "cpu", jobs=1)
    workers = Workers(1, lambda title, done: None)
    context = Context(options, workers, workers, Console(quiet=True))
    make([data_item(context)], context)
    context.device = "cuda"
    return context


def make(items, context):
    made = context.options.root / "made.json"
    return make_missing(items, context.store, made, 1, Silent(), context.stop)


def test_on_an_accelerator_the_runs_of_one_shape_are_one_item(context):
    items = run_items(context, data_item(context), alone=False)
    assert items.keys() == context.settings.trained.keys()
    for run, item in items.items():
        stacked = {other for other, its in items.items() if its is item}
        assert stacked == {other for other in items if shape(other) == shape(run)}
        assert {entry.key for entry in item.entries()} == {
            spec_of(context, other).key for other in stacked
        }
    assert len(set(items.values())) < len(items)


def test_a_run_alone_is_an_item_where_that_is_asked_for_or_the_processor_trains(context):
    alone = run_items(context, data_item(context), alone=True)
    assert len(set(alone.values())) == len(alone)
    context.device = "cpu"
    assert len(set(run_items(context, data_item(context), alone=False).values())) == len(alone)


def test_of_the_runs_of_an_item_those_that_are_missing_are_trained_together(context, monkeypatch):
    asked = []

    def train(title, function, _, specs, *others):
        asked.append({spec.key for spec in specs})
        return {spec.key: {"weights": b"trained"} for spec in specs}

    monkeypatch.setattr(context, "train", train)
    item = max(
        run_items(context, data_item(context), alone=False).values(),
        key=lambda item: len(item.entries()),
    )
    first, *others = [entry.key for entry in item.entries()]
    context.store.put(first, {"weights": b"trained before"})
    make([item], context)
    assert asked == [set(others)]
    make([item], context)
    assert asked == [set(others)], "all are there now"
