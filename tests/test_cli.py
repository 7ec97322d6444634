"""The command line as a whole; what each command does is tested beside what it calls."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
from importlib.metadata import EntryPoint
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from small_report import BUILT_WITH, REPOSITORY
from vae_report import cli

PATIENCE = 120


def run(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "vae_report.cli", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_package_installs_the_command():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [(name, value)] = project["scripts"].items()
    assert name == "vae-report"
    assert EntryPoint(name, value, "console_scripts").load() is cli.main


def test_a_worker_that_imports_it_loads_no_library():
    command = "import sys, vae_report.cli; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", command], text=True).split()
    assert not {"numpy", "pydantic", "rich", "torch", "mkdocs"}.intersection(loaded)


def test_help_lists_every_command(tmp_path):
    told = run("--help", cwd=tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    for command in ("build", "serve", "explain", "verify", "audit", "bench"):
        assert f"    {command} " in told.stdout


@pytest.mark.parametrize("arguments", [(), ("bake",), ("audit", "--quick")])
def test_misuse_is_status_2(arguments, tmp_path):
    refused = run(*arguments, cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.startswith("usage: vae-report")


@pytest.mark.parametrize(("command", "status"), [("build", 1), ("audit", 1), ("verify", 2)])
def test_a_folder_outside_of_any_report_is_one_line(command, status, tmp_path):
    refused = run(command, cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (status, "")
    assert refused.stderr == (
        f"{tmp_path}: no report.toml here or in a folder above; change to the folder of a report.\n"
    )


def test_a_report_is_found_from_any_folder_of_it(small_report):
    explained = run("explain", "--profile=small", cwd=small_report / "docs")
    assert (explained.returncode, explained.stderr) == (0, "")
    assert explained.stdout.startswith("data: not made before\n")
    assert not (small_report / ".cache").exists()
    again = run("build", "--explain", "--profile=small", cwd=small_report)
    assert again.stdout == explained.stdout


def test_a_report_is_served_and_follows_its_sources_in_the_profile_that_was_asked_for(
    built_report, tmp_path
):
    root = shutil.copytree(built_report, tmp_path / "report", symlinks=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (root / "mkdocs.yml").open("a") as pages:
        pages.write(f"dev_addr: 127.0.0.1:{port}\n")
    serving = subprocess.Popen(
        [sys.executable, "-m", "vae_report.cli", "serve", *BUILT_WITH], cwd=root
    )
    try:
        address = f"http://127.0.0.1:{port}/"
        _await(address, "Small shapes")
        source = root / "report.toml"
        source.write_text(source.read_text().replace("Small shapes", "Other shapes"))
        _await(address, "Other shapes")
        provenance = json.loads((root / "docs" / "assets" / "provenance.json").read_bytes())
        assert provenance["profile"] == "small"
        serving.send_signal(signal.SIGINT)
        assert serving.wait(PATIENCE) == 0
    finally:
        serving.kill()


def _await(address, words):
    """Wait until a page shows words."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with urlopen(address) as page:
                if words in page.read().decode():
                    return
        except URLError:
            pass
        time.sleep(0.5)
    raise AssertionError(f"{address} does not show {words!r}")
