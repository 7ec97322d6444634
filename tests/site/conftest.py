"""The report in miniature, as sources and built, and a browser to open it in."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from miniature import DESKTOP, mkdocs_build
from vae_report.audit.server import served


@pytest.fixture
def sources(executed_sources: Path, tmp_path: Path) -> Path:
    """A copy of what a site is built from, for a test to spoil."""
    return Path(shutil.copytree(executed_sources, tmp_path / "report", symlinks=True))


@pytest.fixture(scope="session")
def miniature(executed_sources: Path) -> Path:
    """The built site."""
    built = mkdocs_build(executed_sources)
    assert built.returncode == 0, built.stdout + built.stderr
    return executed_sources / "site"


@pytest.fixture(
    scope="session",
    params=["miniature", *(["real"] if os.environ.get("VAE_REPORT_SITE") else [])],
)
def site(request: pytest.FixtureRequest) -> Path:
    if request.param == "real":
        return Path(os.environ["VAE_REPORT_SITE"])
    return request.getfixturevalue("miniature")


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    with served(site, under="/vae-report/") as address:
        yield address


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(viewport=DESKTOP, color_scheme="light") as context:
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
