"""What the theme gets wrong, and the site's own parts put right."""

import lxml.html
import pytest
from playwright.sync_api import expect


@pytest.fixture(params=["index.html", "404.html"])
def markup(miniature, request):
    return lxml.html.parse(miniature / request.param)


def test_no_style_sheet_holds_colours_that_nothing_uses(markup):
    sheets = markup.xpath("//link[@rel='stylesheet' and not(@media)]/@href")
    assert len(sheets) == 2
    assert not any("palette" in sheet for sheet in sheets)


def test_only_what_can_be_completed_says_whether_it_is(markup):
    assert len(markup.xpath("//input[@type='checkbox']")) >= 2
    assert not markup.xpath("//input[@type='checkbox']/@autocomplete")


def test_dialog_of_the_search_has_a_name(markup):
    (dialog,) = markup.xpath("//*[@role='dialog']")
    assert dialog.get("aria-label") == "Search"


@pytest.mark.parametrize(("preferred", "scheme"), [("dark", "slate"), ("light", "default")])
def test_first_paint_has_the_theme_that_the_reader_prefers(browser, address, preferred, scheme):
    with browser.new_context(color_scheme=preferred) as context:
        page = context.new_page()
        page.route("**/bundle.*.js", lambda route: route.abort())
        page.goto(address)
        expect(page.locator("body")).to_have_attribute("data-md-color-scheme", scheme)


def test_first_paint_does_not_wait_for_the_script_of_the_theme(markup):
    assert "bundle." in "".join(markup.xpath("//script/text()"))
    assert not any("bundle." in source for source in markup.xpath("//script/@src"))


def test_choice_of_a_theme_is_kept(browser, address):
    with browser.new_context(color_scheme="dark") as context:
        page = context.new_page()
        page.goto(address)
        page.locator("label[title='Switch to light mode']").click()
        for _ in range(2):
            expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "default")
            assert page.evaluate("getComputedStyle(document.body).colorScheme") == "light"
            page.reload()
