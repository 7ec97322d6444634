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
from vae_report.benchmarks import builds, fresh, quality, step
from vae_report.benchmarks.names import FAST, PLAIN, PRODUCTS, RECIPE
from vae_report.benchmarks.record import Benchmark, Machine, Summary
from vae_report.benchmarks.setting import Setting
from vae_report.benchmarks.suite import publish, run
from vae_report.errors import ReportError

pytestmark = pytest.mark.build
PARTS = "quality", "evaluation", "growth"


@pytest.fixture(scope="module")
def setting(tmp_path_factory):
    root = make_report(tmp_path_factory.mktemp("bench") / "report")
    return Setting(root, root / "data", quick=True)


@pytest.fixture(scope="module")
def benchmark(setting):
    return run(setting, PARTS, Console(quiet=True))


def test_every_quantity_has_a_unit_repetitions_and_a_spread(benchmark):
    assert tuple(benchmark.tables) == PARTS
    for section in benchmark.tables.values():
        for group in section.values():
            for summary in group.values():
                assert summary.unit
                assert summary.repetitions >= 1
                assert 0 < summary.lower_quartile <= summary.median <= summary.upper_quartile
    assert benchmark.machine == Machine.here()
    assert benchmark.machine.versions["torch"].startswith(torch.__version__.split("+")[0])


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
    images = torch.randint(0, 256, (300, 16), dtype=torch.uint8)
    taken = step.measure_steps(images, 2, (8,), turns=3, burst=1)
    assert set(taken) == {PRODUCTS, FAST, PLAIN, RECIPE}
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


PEAK = "[len(b'x' * ({} << 20)), __import__('{}', fromlist=['']).peak_memory()][1]"


def test_peak_memory_is_that_of_the_process():
    # By way of a small process: this one is large, which its children would inherit.
    expressions = [PEAK.format(size, fresh.__name__) for size in (1, 301)]
    program = (
        f"from {fresh.__name__} import in_fresh_process\n"
        f"print(*(in_fresh_process(eval, each) for each in {expressions}))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    small, large = map(float, printed.split())
    assert large - small == pytest.approx(300, abs=20)


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
