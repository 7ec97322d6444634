"""Enlarged figures, as a reader with a mouse, a keyboard, or no scripts has them."""

import re

import pytest
from playwright.sync_api import expect

from vae_report.audit.server import served

WINDOWS = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 360, "height": 740}}
LINK = "Enlarge Figure 1"


@pytest.fixture(scope="module")
def address(miniature):
    with served(miniature, under="/vae-report/") as address:
        yield address


@pytest.fixture
def open_page(browser, address):
    contexts = []

    def opened(**settings):
        context = browser.new_context(**{"viewport": WINDOWS["desktop"], **settings})
        contexts.append(context)
        page = context.new_page()
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_press_shows_the_variant_in_force_as_large_as_the_window(open_page, window, theme):
    page = open_page(viewport=WINDOWS[window], color_scheme=theme)
    page.get_by_role("link", name=LINK).click()
    dialog = page.get_by_role("dialog", name="Figure 1.")
    [shown] = [picture for picture in dialog.locator("img").all() if picture.is_visible()]
    assert theme in shown.get_attribute("src")
    page.wait_for_function("document.getAnimations().length === 0")
    box = shown.bounding_box()
    assert {key: box[key] for key in ("width", "height")} == WINDOWS[window]
    assert page.evaluate("document.documentElement.scrollWidth") <= WINDOWS[window]["width"]
    shown.click()
    expect(dialog).to_have_count(0)


def test_the_keyboard_enlarges_and_returns_to_where_it_was(open_page):
    page = open_page()
    link = page.get_by_role("link", name=LINK)
    for key, close in (("Enter", "Escape"), ("Enter", "Enter")):
        link.focus()
        page.keyboard.press(key)
        expect(page.get_by_role("button", name="Close")).to_be_focused()
        page.keyboard.press(close)
        expect(page.locator("dialog")).to_have_count(0)
        expect(link).to_be_focused()


def test_without_scripts_the_file_itself_opens(open_page):
    page = open_page(java_script_enabled=False)
    page.get_by_role("link", name=LINK).click()
    page.wait_for_url("**/loss.light.png")


@pytest.mark.parametrize(("motion", "animated"), [("reduce", False), ("no-preference", True)])
def test_motion_is_for_those_who_do_not_mind(open_page, motion, animated):
    page = open_page(reduced_motion=motion)
    page.get_by_role("link", name=LINK).click()
    name = page.locator("dialog").evaluate("(dialog) => getComputedStyle(dialog).animationName")
    assert (name != "none") == animated


def test_the_runs_of_a_figure_open_below_their_line(open_page):
    page = open_page(viewport=WINDOWS["phone"])
    runs = page.locator(".plot__sources summary").first
    expect(runs).to_have_text(re.compile(r"Runs \(\d+\)"))
    runs.click()
    beside = page.get_by_role("link", name="Data (CSV)").first.bounding_box()
    assert runs.bounding_box()["y"] == pytest.approx(beside["y"], abs=3)
    assert page.locator(".plot__sources p").first.bounding_box()["y"] > beside["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
