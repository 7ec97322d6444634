"""How long a build is said to take, and how far it is said to be."""

import doctest
import json

import pytest

from vae_report.engine import forecast as module
from vae_report.engine.forecast import Forecast, Speeds
from vae_report.engine.graph import Item, Outcome


def item(stage, name="", after=(), length=1):
    return Item(stage, name, dict, after=after, length=length)


class Clock:
    seconds = 0.0

    def __call__(self):
        return self.seconds


class Build:
    """Four runs of ten seconds, a figure of four after each, and a site of six after all."""

    def __init__(self, processes=2, trainers=None):
        self.runs = [item("train", str(number), length=5) for number in range(4)]
        self.figures = [item("figure", run.name, [run]) for run in self.runs]
        self.site = item("site", "", [*self.runs, *self.figures])
        self.items = [*self.runs, *self.figures, self.site]
        seconds = {"train": 10.0, "figure": 4.0, "site": 6.0}
        self.clock = Clock()
        self.forecast = Forecast(
            self.items,
            {item: seconds[item.stage] for item in self.items},
            processes,
            trainers,
            self.clock,
        )

    def go_on(self, pace=1.0):
        """Make everything, two at a time; say after each second how far it is."""
        told = []
        for pair in (self.runs[:2], self.runs[2:], self.figures[:2], self.figures[2:], [self.site]):
            for item in pair:
                self.forecast.starts(item)
            seconds = round(self.forecast.expected[pair[0]] * pace)
            for second in range(1, seconds + 1):
                self.clock.seconds += 1
                for item in pair if pair[0].stage == "train" else ():
                    self.forecast.progress(item.title, 5 * second // seconds)
                told.append((self.forecast.share, self.forecast.left))
            for item in pair:
                self.forecast.ends(item)
            told.append((self.forecast.share, self.forecast.left))
        return told


@pytest.mark.parametrize(
    ("processes", "trainers", "seconds"),
    [(1, None, 62), (2, None, 34), (4, None, 20), (99, None, 20), (1, 4, 32), (2, 1, 50)],
)
def test_work_is_shared_out_and_the_site_waits_for_all(processes, trainers, seconds):
    assert Build(processes, trainers).forecast.seconds == seconds


def test_a_build_that_goes_as_foreseen_comes_to_its_end_evenly():
    build = Build()
    told = build.go_on()
    shares, left = zip(*told, strict=True)
    assert list(shares) == sorted(shares)
    assert list(left) == pytest.approx(sorted(left, reverse=True), abs=0.5)
    assert told[-1] == (1.0, 0.0)
    assert left[10] == pytest.approx(24)
    assert shares[10] == pytest.approx(20 / 62)
    assert build.forecast.elapsed == build.forecast.seconds
    assert str(build.forecast) == ""


def test_a_build_that_is_slower_than_foreseen_says_so_soon():
    left = [left for _, left in Build().go_on(pace=3.0)]
    assert left[-1] == 0.0
    assert left[30] == pytest.approx(24 * 3, rel=0.25), "when the first two runs are finished"
    assert left[61] == pytest.approx(14 * 3, rel=0.15), "when all runs are finished"


def test_what_is_found_up_to_date_changes_no_pace():
    build = Build()
    for run in build.runs[:2]:
        build.forecast.reuses(run)
    assert build.forecast.left == pytest.approx(24)
    assert build.forecast.share == 0
    for reused in build.items[2:]:
        build.forecast.reuses(reused)
    assert (build.forecast.left, build.forecast.share) == (0, 1)


def test_what_was_not_expected_is_counted_once_it_begins():
    run, site = item("train"), item("site")
    forecast = Forecast([run, site], {site: 2.0}, 1, clock=Clock())
    assert forecast.seconds == 2
    forecast.starts(run)
    assert forecast.left == pytest.approx(3, rel=0.5)
    for made in (run, site):
        forecast.ends(made)
    assert (forecast.left, forecast.share) == (0, 1)


def test_items_that_wait_for_a_process_are_not_taken_to_go_on():
    build = Build(processes=2, trainers=64)
    for figure in build.figures:
        build.forecast.starts(figure)
    build.clock.seconds = 3
    assert build.forecast.share == 0
    build.forecast.ends(build.figures[0])
    build.forecast.ends(build.figures[1])
    build.clock.seconds = 4
    assert build.forecast.share > 8 / 62


def test_what_is_to_do_is_counted():
    assert Build().forecast.describe() == (
        "About 35 seconds on this machine with 2 processes: 4 models to train, 4 figures to draw."
    )
    run = item("train")
    assert Forecast([run], {run: 600.0}, 1).describe() == (
        "About 10 minutes on this machine with 1 process: 1 model to train."
    )
    site = item("site")
    assert Forecast([site], {site: 20.0}, 2, 8).describe() == (
        "About 20 seconds on this machine with 8 processes of the cluster."
    )


def test_the_examples_of_durations():
    failed, tried = doctest.testmod(module)
    assert (failed, tried > 0) == (0, True)


@pytest.fixture
def kept(tmp_path):
    return tmp_path / "cache" / "speeds.json"


def made(stage, seconds, reason="due"):
    return Outcome(item(stage), reason, 10.0, 10.0 + seconds)


def test_what_builds_took_corrects_the_next_forecast(kept):
    outcomes = [
        made("train", 30.0),
        made("train", 10.0),
        made("site", 1.0),
        made("card", 9.0, None),
    ]
    expected = {outcome.item: 10.0 for outcome in outcomes}
    Speeds(kept).learn(outcomes, expected)
    speeds = Speeds(kept)
    assert [speeds.correction(stage) for stage in ("train", "site", "card", "figure")] == [
        2.0,
        0.1,
        1.0,
        1.0,
    ]
    # The next build is as far off again: twice what was expected with the correction, 4 times the
    # estimate without it. The build before counts by half.
    again = made("train", 80.0)
    speeds.learn([again], {again.item: 40.0})
    assert Speeds(kept).correction("train") == pytest.approx((40 / 2 + 80) / (20 / 2 + 20))
    assert Speeds(kept).correction("site") == 0.1


@pytest.mark.parametrize(
    "content", ["", "[1]", '{"train": [1, 0]}', '{"train": [1, Infinity]}', '{"train": 2}', "\x00"]
)
def test_a_damaged_file_is_not_used_and_replaced(kept, content):
    kept.parent.mkdir()
    kept.write_text(content)
    speeds = Speeds(kept)
    assert speeds.correction("train") == 1.0
    outcome = made("train", 5.0)
    speeds.learn([outcome], {outcome.item: 10.0})
    assert json.loads(kept.read_text()) == {"train": [10.0, 5.0]}


def test_a_file_that_cannot_be_written_is_done_without(kept):
    kept.mkdir(parents=True)
    outcome = made("train", 5.0)
    Speeds(kept).learn([outcome], {outcome.item: 10.0})
    assert Speeds(kept).correction("train") == 1.0
