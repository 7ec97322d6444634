"""Fixtures that several test modules share."""

import fcntl
import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from chrome import browser  # noqa: F401
from miniature import write_sources, write_walkthrough
from small_report import BUILT_WITH, REPOSITORY, lead_to_report_in_force, make_report, start_build
from vae_report import registry
from vae_report.engine.fingerprint import Code
from vae_report.environment import VARIABLES

collect_ignore = ["report"]
"""The tests of this report, which are run apart from those of the generator."""

lead_to_report_in_force()

OF_THIS_REPORT = tuple(
    str(REPOSITORY / part)
    for part in ("CITATION.cff", "README.md", "docs/", "report.toml", "src/report/")
)


def refuse_this_report(event, arguments):
    """Let no test of the generator open what another report replaces."""
    if event == "open" and str(arguments[0]).startswith(OF_THIS_REPORT):
        raise PermissionError(f"{arguments[0]}: of this report; test what reads it in tests/report")


sys.addaudithook(refuse_this_report)

# How long an example takes says more about the machine than about the code.
settings.register_profile("report", deadline=None)
settings.load_profile("report")

MARKED_BY_FIXTURE = {
    "browser": {"browser"},
    "build": {"built_report", "executed_sources", "mine", "site", "small_report"},
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark whatever uses a browser or a build, so that nobody must remember to."""
    for item in items:
        for marker, fixtures in MARKED_BY_FIXTURE.items():
            if fixtures.intersection(getattr(item, "fixturenames", ())):
                item.add_marker(marker)


@pytest.fixture
def own_models(monkeypatch):
    """Let the models in `own/models` be found as those of a report in `src/report/models` are."""
    folders = {**registry.PACKAGES, "own": Path(__file__).parent / "own"}
    monkeypatch.setattr(registry, "PACKAGES", folders)
    monkeypatch.setattr(registry, "CODE", Code(folders))


@pytest.fixture
def small_report(tmp_path):
    """A repository whose data set and report are small, and nothing of it built."""
    return make_report(tmp_path / "report")


@pytest.fixture(scope="session")
def executed_sources(tmp_path_factory):
    """What the site of a report in miniature is built from, its notebook executed."""
    root = write_sources(tmp_path_factory.mktemp("report"))
    write_walkthrough(root)
    return root


@pytest.fixture(scope="session")
def built_report(tmp_path_factory):
    """A small report, wholly built; once for all the test processes of a session."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    root, log = folder / "built", folder / "built.log"
    with (folder / "built.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not log.exists():
            # An empty variable counts as unset. No build here asks for those with an option.
            empty = dict.fromkeys({*VARIABLES} - {"SOURCE_DATE_EPOCH"}, "")
            build = start_build(
                make_report(root), *BUILT_WITH, SOURCE_DATE_EPOCH="1000000000", **empty
            )
            log.write_text("".join(build.communicate()) + f"\nexit status {build.returncode}")
    words = log.read_text()
    assert words.endswith("exit status 0"), words
    return root
