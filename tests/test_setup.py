"""The Makefile sets up on every machine, and never runs another checkout's packages.

The checkouts are small: a package without requirements, whose build needs no network, and packages
of Node.js that lie beside it. Make, pip and npm are the real ones.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from small_report import REPOSITORY
from vae_report.errors import ReportError
from vae_report.site.node import find_node

pytestmark = pytest.mark.build

PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""

BACKEND = '''
"""Builds wheels that lead to src/."""

import zipfile
from pathlib import Path

_INFO = "vae_report-1.dist-info"


def build_editable(folder, settings=None, metadata=None):
    name = "vae_report-1-py3-none-any.whl"
    with zipfile.ZipFile(Path(folder) / name, "w") as wheel:
        wheel.writestr("vae_report.pth", str(Path("src").resolve()))
        wheel.writestr(f"{_INFO}/METADATA", """Metadata-Version: 2.1
Name: vae-report
Version: 1
Provides-Extra: test
Provides-Extra: cluster
""")
        wheel.writestr(f"{_INFO}/WHEEL", """Wheel-Version: 1.0
Generator: test
Root-Is-Purelib: true
Tag: py3-none-any
""")
        wheel.writestr(f"{_INFO}/RECORD", "")
    return name
'''

PACKAGES = {"dependencies": "mathjax", "devDependencies": "axe-core"}


def write_checkout(root):
    """Lay out what the Makefile needs to set up, and nothing set up."""
    (root / "scripts").mkdir(parents=True)
    for name in ("Makefile", "constraints.txt", "scripts/installed.py"):
        shutil.copy(REPOSITORY / name, root / name)
    (root / "src" / "vae_report").mkdir(parents=True)
    (root / "src" / "vae_report" / "__init__.py").touch()
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "backend.py").write_text(BACKEND)
    groups = {group: {name: f"file:parts/{name}"} for group, name in PACKAGES.items()}
    lock = {"": groups}
    for name in PACKAGES.values():
        (root / "parts" / name).mkdir(parents=True)
        (root / "parts" / name / "package.json").write_text(
            json.dumps({"name": name, "version": "1.0.0"})
        )
        lock[f"parts/{name}"] = {"version": "1.0.0"}
        lock[f"node_modules/{name}"] = {"resolved": f"parts/{name}", "link": True}
    for key in ("parts/axe-core", "node_modules/axe-core"):
        lock[key]["dev"] = True
    (root / "package.json").write_text(json.dumps(groups))
    (root / "package-lock.json").write_text(json.dumps({"lockfileVersion": 3, "packages": lock}))
    return root


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """A folder of `node` and `npm`, of this machine or of the package that stands in for it."""
    folder = tmp_path_factory.mktemp("node")
    try:
        program = Path(find_node())
    except ReportError as error:
        pytest.skip(str(error))
    npm = program.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    start = f'"{program}" "{npm}"' if npm.exists() else shutil.which("npm")
    for name, command in (("node", f'"{program}"'), ("npm", start)):
        (folder / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (folder / name).chmod(0o755)
    return folder


def make(root, *arguments, **variables):
    """Run make as a user does, whose pip asks no network."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "PIP_"))
    }
    return subprocess.run(
        ["make", f"PYTHON={sys.executable}", *arguments],
        cwd=root,
        env=inherited | {"PIP_NO_INDEX": "1"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def package_in_force(root):
    """Say where the set-up of a checkout finds its package."""
    return subprocess.run(
        [root / ".venv/bin/python", "-I", "-c", "import vae_report; print(vae_report.__file__)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def assert_set_up(root, made):
    assert made.returncode == 0, made.stdout + made.stderr
    assert package_in_force(root) == str(root / "src" / "vae_report" / "__init__.py")
    assert make(root, "--question", ".venv/site").returncode == 0, "it would be set up twice"


@pytest.fixture(scope="module")
def set_up(tmp_path_factory):
    """A checkout that is set up, in a folder with a space in its name."""
    root = write_checkout(tmp_path_factory.mktemp("where") / "a checkout")
    assert_set_up(root, make(root, ".venv/site"))
    return root


@pytest.fixture
def checkout(tmp_path):
    """Another, for a test to spoil."""
    root = write_checkout(tmp_path / "another checkout")
    assert make(root, ".venv/site").returncode == 0
    return root


def pip_configuration(folder, text):
    path = folder / "pip.conf"
    path.write_text(f"[install]\n{text}\n")
    return {"PIP_CONFIG_FILE": str(path)}


def test_every_package_runs_on_the_oldest_python_promised():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=") + ".0"
    newer = {
        found.name: wanted
        for found in distributions()
        if (wanted := found.metadata.get("Requires-Python")) and oldest not in SpecifierSet(wanted)
    }
    assert oldest == "3.11.0"
    assert newer == {}


def test_packages_go_into_the_environment_whatever_pip_is_told(set_up, tmp_path):
    (set_up / "constraints.txt").touch()
    own = pip_configuration(tmp_path, "user = true")
    assert_set_up(set_up, make(set_up, ".venv/site", **own))


def test_packages_that_went_elsewhere_are_not_taken_for_installed(tmp_path):
    root = write_checkout(tmp_path / "checkout")
    own = pip_configuration(tmp_path, f"target = {tmp_path / 'elsewhere'}")
    made = make(root, ".venv/site", **own)
    assert made.returncode != 0
    assert "what pip installed went elsewhere" in made.stderr
    assert not (root / ".venv" / "site").exists()


def test_the_shell_puts_no_package_before_those_of_the_environment(set_up, tmp_path):
    (tmp_path / "pip.py").write_text("raise SystemExit('another pip')")
    (set_up / "constraints.txt").touch()
    assert_set_up(set_up, make(set_up, ".venv/site", PYTHONPATH=str(tmp_path)))


def test_a_copied_checkout_is_set_up_anew(set_up, tmp_path):
    copy = Path(shutil.copytree(set_up, tmp_path / "copy", symlinks=True))
    assert package_in_force(copy).startswith(str(set_up))
    assert_set_up(copy, make(copy, ".venv/site"))


def test_a_moved_checkout_is_set_up_anew(set_up, tmp_path):
    before = Path(shutil.copytree(set_up, tmp_path / "before", symlinks=True))
    assert_set_up(before, make(before, ".venv/site"))
    moved = before.rename(tmp_path / "after")
    assert_set_up(moved, make(moved, ".venv/site"))


def test_an_environment_that_is_another_checkouts_is_left_to_it(set_up, tmp_path, node):
    linking = write_checkout(tmp_path / "linking")
    (linking / ".venv").symlink_to(set_up / ".venv")
    others = tmp_path / "others"
    (others / "theirs").mkdir(parents=True)
    (linking / "node_modules").symlink_to(others)
    path = f"{node}:{os.environ['PATH']}"
    assert_set_up(linking, make(linking, "node_modules/site", PATH=path))
    assert (linking / "node_modules" / "mathjax" / "package.json").exists()
    assert (others / "theirs").exists()
    assert package_in_force(set_up).startswith(str(set_up))


def test_a_half_made_environment_is_made_anew(tmp_path):
    root = write_checkout(tmp_path / "checkout")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", root / ".venv"], check=True)
    assert_set_up(root, make(root, ".venv/site"))


def test_a_python_that_cannot_make_environments_is_one_line(tmp_path):
    root = write_checkout(tmp_path / "checkout")
    (tmp_path / "ensurepip.py").write_text("raise ModuleNotFoundError('ensurepip')")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{tmp_path}" exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    made = make(root, ".venv/site", f"PYTHON={python}")
    assert made.returncode != 0
    complaint, verdict = made.stderr.splitlines()
    assert "apt-get install python3-venv" in complaint
    assert verdict.startswith("make: ***")
    assert not (root / ".venv").exists()


def test_tools_are_installed_whatever_npm_is_told(checkout, node):
    path = f"{node}:{os.environ['PATH']}"
    made = make(checkout, "node_modules/audit", PATH=path, NODE_ENV="production")
    assert made.returncode == 0, made.stderr
    for name in PACKAGES.values():
        assert (checkout / "node_modules" / name / "package.json").exists()


def test_tools_that_npm_left_out_are_not_taken_for_installed(checkout, node):
    path = f"{node}:{os.environ['PATH']}"
    (checkout / "node_modules").mkdir()
    made = make(checkout, "node_modules/audit", PATH=path, npm_config_dry_run="true")
    assert made.returncode != 0
    assert "mathjax, axe-core" in made.stderr
    assert not (checkout / "node_modules" / "audit").exists()


def test_variables_that_are_empty_count_as_unset(tmp_path):
    """Of the recipes, which hand them on."""
    root = write_checkout(tmp_path / "checkout")
    empty = make(root, "PYTHON=", "--just-print", "site", PROFILE="", EXECUTOR="")
    plain = make(root, "PYTHON=python3", "--just-print", "site")
    assert empty.stdout == plain.stdout
    assert '"python3" -m venv .venv' in plain.stdout
