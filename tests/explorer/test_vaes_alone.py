"""The latent explorer of a report that has no autoencoders."""

import re

import pytest
from playwright.sync_api import expect

from exported import export, write_run
from miniature import mkdocs_build, write_sources, write_walkthrough
from vae_report.audit.server import served
from vae_report.errors import ReportError


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    root = write_sources(tmp_path_factory.mktemp("vaes"))
    write_walkthrough(root)
    export([write_run(root, model="vae", latent=2)], root / "docs" / "assets" / "explorer")
    (root / "docs" / "explorer.md").write_text("# Explorer\n\n{{ explorer_page() }}\n")
    with (root / "docs" / "index.md").open("a") as page:
        page.write("\n{{ explorer_preview() }}\n")
    built = mkdocs_build(root)
    assert built.returncode == 0, built.stdout + built.stderr
    with served(root / "site", under="/") as address:
        yield address


@pytest.fixture
def tab(browser):
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        yield page


def test_page_shows_one_plane_and_says_nothing_of_an_autoencoder(tab, address):
    tab.goto(f"{address}explorer/")
    expect(tab.locator("[data-part=cover]")).to_be_hidden()
    expect(tab.locator(".explorer__plane")).to_have_count(1)
    expect(tab.locator("[data-part=z-vae]")).to_have_text(re.compile("^z = "))
    expect(tab.locator("[data-part=loss-vae-mean] td").first).to_have_text(re.compile(r"^\d"))
    tab.locator("[data-part=pin-point]").click()
    tab.locator("[data-part=pin-image]").click()
    expect(tab.locator("[data-part=pins] li")).to_have_count(2)
    assert "utoencoder" not in tab.locator(".explorer").inner_text()


def test_preview_runs_the_one_model(tab, address):
    tab.goto(address)
    tab.locator("[data-part=start]").click()
    expect(tab.locator("[data-part=message]")).to_have_text(re.compile("^Move over the plane"))
    expect(tab.locator(".explorer__pictures figure")).to_have_count(1)


@pytest.mark.parametrize("runs", [[("ae", 2)], [("vae", 2), ("ae", 2), ("vae", 16)]])
def test_models_that_make_no_planes_beside_each_other_are_refused(tmp_path, runs):
    written = [write_run(tmp_path, model=model, latent=latent) for model, latent in runs]
    with pytest.raises(ReportError, match=r"VAEs, and autoencoders of the same latent sizes or"):
        export(written, tmp_path / "explorer")
