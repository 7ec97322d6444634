"""The table of contents, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

LISTS = {
    1280: ".md-sidebar--secondary .md-nav__link--active",
    360: ".md-sidebar--primary .md-nav--secondary .md-nav__link--active",
}

RESTING = 400
"""Milliseconds after which the address follows as well."""


@pytest.mark.parametrize("width", LISTS)
def test_table_of_contents_follows_the_reader(browser, address, width):
    with browser.new_context(viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        page.goto(f"{address}metrics/")
        entry = page.locator(LISTS[width])
        for section in ("test-images", "samples", "latent-space"):
            page.evaluate("(id) => document.getElementById(id).scrollIntoView()", section)
            expect(entry).to_have_attribute("href", f"#{section}")
            page.wait_for_timeout(RESTING)
        expect(page).to_have_url(re.compile("#latent-space$"))
        if width == 360:
            page.locator(".md-header label[for='__drawer']").click()
            page.locator(".md-nav--primary label[for='__toc']").first.click()
        expect(entry).to_be_in_viewport()
        others = page.locator(LISTS[width].replace("--active", ":not(.md-nav__link--active)"))
        colours = [each.evaluate("(link) => getComputedStyle(link).color") for each in others.all()]
        assert colours
        assert entry.evaluate("(link) => getComputedStyle(link).color") not in colours
