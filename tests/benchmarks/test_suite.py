"""The benchmark itself, on a report in miniature: what it records, draws and shows."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from rich.console import Console

from small_report import make_report
from vae_report.benchmarks import builds, quality, step
from vae_report.benchmarks.fresh import in_fresh_process, peak_memory
from vae_report.benchmarks.names import FAST, PLAIN, PRODUCTS, RECIPE
from vae_report.benchmarks.record import Benchmark, Machine, Summary
from vae_report.benchmarks.setting import Setting
from vae_report.benchmarks.suite import SECTIONS, publish, run
from vae_report.errors import ReportError

SLOW = {"builds", "memory"}
"""Each starts many processes."""


@pytest.fixture(scope="module")
def setting(tmp_path_factory):
    root = make_report(tmp_path_factory.mktemp("bench") / "report")
    return Setting(root, root / "data", quick=True)


@pytest.fixture(scope="module")
def benchmark(setting):
    return run(setting, [name for name in SECTIONS if name not in SLOW], Console(quiet=True))


def test_every_quantity_has_a_unit_repetitions_and_a_spread(benchmark):
    assert set(benchmark.tables) == set(SECTIONS) - SLOW
    for section in benchmark.tables.values():
        for group in section.values():
            for summary in group.values():
                assert summary.unit
                assert summary.repetitions >= 1
                assert 0 < summary.lower_quartile <= summary.median <= summary.upper_quartile
    assert benchmark.machine == Machine.here()
    assert benchmark.machine.versions["torch"].startswith(torch.__version__.split("+")[0])


def test_both_shapes_are_measured_on_one_thread_and_on_two(benchmark):
    assert list(benchmark.tables["step"]) == [
        f"784–{shape}, {threads}"
        for threads in ("1 thread", "2 threads")
        for shape in ("400–20", "512–256–16")
    ]
    for group in benchmark.tables["step"].values():
        assert {PRODUCTS, FAST, PLAIN, RECIPE} <= set(group)


def test_what_is_written_can_be_read_and_shown(benchmark, setting):
    publish(benchmark, setting)
    assets = setting.root / "docs" / "assets"
    assert Benchmark.model_validate_json((assets / "benchmark.json").read_bytes()) == benchmark
    for name in ("time_to_quality", "training_growth"):
        entry = json.loads((assets / "figures" / f"{name}.json").read_bytes())
        light, dark = (
            (assets / "figures" / entry[theme]).read_bytes() for theme in ("light", "dark")
        )
        assert light != dark
        assert b"<svg" in light
        assert (assets / "figures" / entry["data"]).read_text().count("\n") > 4


def test_steps_take_turns_and_ratios_are_of_neighbours():
    images = torch.randint(0, 256, (300, 20), dtype=torch.uint8)
    taken = step.measure_steps(images, 2, (8,), turns=3, burst=1)
    assert {len(seconds) for seconds in taken.values()} == {3}
    table = step.compare_steps(
        {PRODUCTS: [1.0, 10.0], FAST: [2.0, 20.0], PLAIN: [4.0, 40.0], RECIPE: [8.0, 80.0]}
    )
    assert table["fast step, times its products"] == Summary.of([2.0, 2.0], "times")
    assert table["fast step, as fast as the recipe"] == Summary.of([4.0, 4.0], "times")
    assert table[RECIPE].median == pytest.approx((step.BATCH / 8 + step.BATCH / 80) / 2)


def test_the_recipe_sees_pixels_as_we_do():
    images = torch.randint(0, 256, (10, 784), dtype=torch.uint8)
    [(pictures, _)] = step.recipe_loader(images, 10)
    assert pictures.shape == (10, 1, 28, 28)
    seen = {tuple(row.tolist()) for row in pictures.flatten(start_dim=1)}
    assert seen == {tuple(row.tolist()) for row in images.float() / 255}


def test_time_to_quality_is_that_of_the_first_point_below_the_target():
    curve = [(1.0, 300.0), (2.0, 265.0), (3.0, 266.0), (4.0, 264.0)]
    assert quality.seconds_to(265.8, curve) == 2.0
    assert quality.seconds_to(264.5, curve) == 4.0
    assert quality.seconds_to(100.0, curve) == 4.0, "never there: all of its time counts"


def _grow(mebibytes):
    before = peak_memory()
    torch.ones(mebibytes, 2**18)
    return peak_memory() - before


def test_peak_memory_is_that_of_the_process():
    assert in_fresh_process(_grow, 300) == pytest.approx(300, abs=30)


def test_builds_are_timed_from_nothing_unchanged_and_changed(setting):
    findings = builds.measure(setting)
    seconds = findings.tables["build of the quick profile"]
    assert seconds[builds.COLD].median > seconds[builds.UNCHANGED].median
    assert set(seconds) > {builds.COLD, builds.UNCHANGED, builds.FIGURE_CHANGED, builds.PAGES}
    peaks = findings.tables["largest process of a build"]
    assert peaks[builds.COLD].median > peaks[builds.PAGES].median, "only the former trains"


def test_a_build_that_fails_says_which_and_why(tmp_path):
    root = make_report(tmp_path / "report")
    (root / "report.toml").write_text("[data]\n")
    with pytest.raises(ReportError, match=r"^The build 'from nothing' .* failed: .*report\.toml"):
        builds.measure(Setting(root, root / "data", quick=True))


def test_the_command_explains_itself_and_refuses_unknown_parts():
    script = Path(__file__).parents[2] / "scripts" / "bench.py"
    told = subprocess.run(
        [sys.executable, script, "--only", "nothing"],
        capture_output=True,
        text=True,
        env=os.environ,
        check=False,
    )
    assert told.returncode == 2
    assert "choose from" in told.stderr
