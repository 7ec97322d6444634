"""What a build says while it works, with a terminal and without."""

from io import StringIO

import pytest
from rich.console import Console

from vae_report.engine import display as module
from vae_report.engine.display import Display
from vae_report.engine.forecast import Forecast
from vae_report.engine.graph import Item, Outcome


@pytest.fixture
def runs():
    return [Item("train", name, dict, length=4) for name in ("one", "other")]


def watched(runs, *, terminal, during=lambda display: None):
    """What a build of two runs says."""
    console = Console(file=StringIO(), force_terminal=terminal, width=100, color_system=None)
    with Display(console) as display:
        display.foresee(Forecast(runs, dict.fromkeys(runs, 10.0), 1))
        outcomes = [Outcome(run, "not made before", 0.0, 1.0) for run in runs]
        for outcome in outcomes:
            display.starts(outcome)
            display.progress(outcome.item.title, 2)
            during(display)
            display.ends(outcome)
        display.account(outcomes)
    return console.file.getvalue()


def test_without_a_terminal_every_line_says_how_far_the_build_is(runs):
    lines = watched(runs, terminal=False).splitlines()
    assert lines[:5] == [
        "About 20 seconds on this machine with 1 process: 2 models to train.",
        "[0 %, about 20 s left] train one ... (not made before)",
        lines[2],
        lines[3],
        "[100 %] train other: 1.0 s",
    ]
    assert lines[2].startswith("[50 %, about 5 s left] train one: 1.0 s")
    assert lines[3].startswith("[50 %, about 5 s left] train other ... ")


def test_without_a_terminal_no_silence_lasts(runs, monkeypatch):
    def next_epoch(display):
        display.progress("train one", 3)

    assert "left]\n" not in watched(runs, terminal=False, during=next_epoch)
    monkeypatch.setattr(module, "_SILENCE", 0.0)
    assert "[37 %, about 5 s left]\n" in watched(runs, terminal=False, during=next_epoch)


def test_a_terminal_shows_a_bar_for_all_and_one_for_what_is_being_made(runs):
    said = watched(runs, terminal=True, during=lambda display: display._progress.refresh())
    [in_all, *_] = [line for line in said.splitlines() if "in all" in line and "25 %" in line]
    assert "about 5 s left" in in_all
    assert "  train one ━" in said
    assert "[" not in said.split("train one: 1.0 s (not made before)")[1].split("\n")[0]


def test_the_account_compares_the_forecast_with_what_it_took(runs):
    assert "Predicted: 20 seconds; taken: 5 seconds.\n" in watched(runs, terminal=False)


def test_a_build_without_a_forecast_says_nothing_of_one():
    console = Console(file=StringIO(), width=100)
    item = Item("site", "", dict)
    with Display(console) as display:
        outcome = Outcome(item, "made at every build", 0.0, 1.0)
        display.starts(outcome)
        display.progress("site", 1)
        display.ends(outcome)
        display.account([outcome])
    said = console.file.getvalue()
    assert said.startswith("site ... (made at every build)\nsite: 1.0 s\n")
    assert "Predicted" not in said
