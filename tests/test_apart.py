"""The tests of the generator read nothing of the report that lies beside it."""

import subprocess
import sys

import pytest

from small_report import IN_FORCE, REPOSITORY, make_report
from vae_report.registry import PACKAGES


@pytest.mark.parametrize("part", ["report.toml", "docs/index.md", "src/report/__init__.py"])
def test_what_another_report_replaces_cannot_be_read(part):
    assert (REPOSITORY / part).exists()
    with pytest.raises(PermissionError, match="test what reads it in tests/report"):
        (REPOSITORY / part).read_text()


def test_the_sample_is_the_report_of_this_process_and_of_those_that_it_starts():
    assert IN_FORCE.parent == REPOSITORY / "tests"
    assert PACKAGES["report"] == IN_FORCE / "src" / "report"
    command = [sys.executable, "-c", "import report; print(report.__file__)"]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(IN_FORCE / "src" / "report" / "__init__.py")


def test_a_small_report_takes_only_the_generators_part_of_the_configuration(tmp_path):
    configuration = (make_report(tmp_path) / "mkdocs.yml").read_text()
    assert "performance.md" not in configuration
