"""The contracts of pyproject.toml, by which rooms import each other, fail when they are broken."""

import os
import shutil
import subprocess
import sys

import pytest

from small_report import IN_FORCE, REPOSITORY

BROKEN = [
    ("engine", "vae_report/engine/store.py", "import vae_report.settings"),
    ("engine", "vae_report/engine/graph.py", "import torch"),
    ("Results, claims", "report/claims.py", "import vae_report.models.objectives"),
    ("Results, claims", "vae_report/site/values.py", "import vae_report.training.loop"),
    ("Claims and figures", "vae_report/claims/claim.py", "import vae_report.figures"),
    ("A report's claims", "report/figures.py", "import report.claims"),
    ("Models and training", "vae_report/training/loop.py", "import vae_report.measurements"),
    ("Measurements", "vae_report/measurements/samples.py", "import vae_report.claims"),
    ("imports no report", "vae_report/figures/card.py", "import report.figures"),
    ("Stages, benchmarks", "vae_report/site/plugin.py", "import vae_report.stages.build"),
    ("Stages, benchmarks", "vae_report/figures/sheet.py", "import vae_report.benchmarks.record"),
]


def lint(root):
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    broken = [line for line in done.stdout.splitlines() if line.endswith(" BROKEN")]
    assert (done.returncode == 0) == (not broken), done.stdout + done.stderr
    return broken


@pytest.fixture
def copy(tmp_path):
    for package in (REPOSITORY / "src" / "vae_report", IN_FORCE / "src" / "report"):
        without_caches = shutil.ignore_patterns("__pycache__")
        shutil.copytree(package, tmp_path / "src" / package.name, ignore=without_caches)
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_rooms_keep_their_contracts(copy):
    assert lint(copy) == []


@pytest.mark.parametrize(("contract", "module", "statement"), BROKEN)
def test_a_forbidden_import_breaks_its_contract(copy, contract, module, statement):
    path = copy / "src" / module
    path.write_text(f"{path.read_text()}\n{statement}\n")
    assert any(contract in line for line in lint(copy))
