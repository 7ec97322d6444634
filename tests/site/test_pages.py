"""What a reader's browser must find, on the site in miniature and on a real one.

`VAE_REPORT_SITE=site pytest tests/site/test_pages.py` checks the built report as well.
"""

import io
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Response, expect

from miniature import DESKTOP

PHONE = {"width": 360, "height": 740}

TEXT_OUTSIDE_CODE = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!parent.closest("code, pre, script, style")) texts.push(walker.currentNode.data);
  }
  return texts.join("\\n");
}"""
RAW_TEX = r"\\[a-zA-Z]+|\\[()\[\]]|\$[^\s$][^$\n]*\$|\$\$"

BROKEN_IMAGES = """async () => {
  const shown = [...document.images].filter((image) => image.offsetParent !== null);
  const broken = [];
  for (const image of shown) {
    image.loading = "eager";
    await image.decode().catch(() => broken.push(image.src));
  }
  return broken;
}"""

WIDER_THAN_THE_SCREEN = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("main *")]
    .filter((element) => element.getBoundingClientRect().right > width + 1)
    .map((element) => element.outerHTML.slice(0, 80));
}"""


@pytest.fixture(scope="session")
def addresses(site: Path, address: str) -> list[str]:
    """Of every page."""
    pages = sorted(path.relative_to(site).parent.as_posix() for path in site.rglob("index.html"))
    return [address if page == "." else f"{address}{page}/" for page in pages]


def test_pages_load_without_errors_and_from_no_other_host(page, addresses):
    problems: list[str] = []

    def note_failure(response: Response) -> None:
        if response.status >= 400:
            problems.append(f"{response.status} {response.url}")

    def note_other_host(url: str) -> None:
        if urlsplit(url).scheme != "data" and urlsplit(url).netloc != urlsplit(addresses[0]).netloc:
            problems.append(f"other host: {url}")

    page.on("console", lambda message: problems.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("response", note_failure)
    page.on("request", lambda request: note_other_host(request.url))
    for address in addresses:
        page.goto(address, wait_until="networkidle")
    assert problems == []


def test_all_images_load_in_both_themes(browser, addresses):
    for scheme in ("light", "dark"):
        with browser.new_context(viewport=DESKTOP, color_scheme=scheme) as context:
            page = context.new_page()
            for address in addresses:
                page.goto(address)
                assert page.evaluate(BROKEN_IMAGES) == []


def test_no_page_shows_raw_tex(page, addresses):
    for address in addresses:
        page.goto(address)
        shown = page.evaluate(f"({TEXT_OUTSIDE_CODE})().match(/{RAW_TEX}/g)")
        assert shown is None, f"{address}: {shown}"


def test_formulas_are_drawn_at_the_size_of_the_text_and_read_aloud(page, addresses):
    for address in addresses:
        page.goto(address)
        for formula in page.locator("article .formula").all():
            drawing = formula.locator("> svg").bounding_box()
            assert drawing["width"] > 2
            assert drawing["height"] > 2
            assert formula.locator("math").text_content().strip()


def test_every_shared_outline_exists(page, addresses):
    for address in addresses:
        page.goto(address)
        missing = page.evaluate(
            """() => [...document.querySelectorAll("use")]
              .map((use) => use.getAttribute("href"))
              .filter((reference) => !document.querySelector(`path${reference}`))"""
        )
        assert missing == []


def test_figures_follow_the_theme_and_load_only_what_is_seen(page, address):
    requested: list[str] = []
    page.on("request", lambda request: requested.append(urlsplit(request.url).path))
    page.goto(address, wait_until="networkidle")
    light, dark = (page.locator(f".plot .only-{theme}").first for theme in ("light", "dark"))
    light.scroll_into_view_if_needed()
    expect(light).to_be_visible()
    expect(dark).to_be_hidden()
    unseen = urlsplit(dark.evaluate("(image) => image.src")).path
    assert unseen not in requested
    page.locator("label[title='Switch to dark mode']").click()
    expect(dark).to_be_visible()
    expect(light).to_be_hidden()
    page.wait_for_load_state("networkidle")
    assert unseen in requested


def test_notebook_is_light_enough_for_a_slow_line(site):
    assert (site / "walkthrough" / "index.html").stat().st_size < 250_000


def test_code_of_the_notebook_can_be_copied(context, page, address):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{address}walkthrough/")
    cell = page.locator(".highlight").first
    expect(page.locator(".highlight pre > button, .highlight pre > nav")).to_have_count(
        page.locator(".highlight").count()
    )
    cell.get_by_role("button", name="Copy to clipboard").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == cell.locator("code").text_content().strip()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_images_of_the_notebook_stand_on_the_paper_of_the_theme(browser, address, scheme):
    with browser.new_context(viewport=DESKTOP, color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(f"{address}walkthrough/")
        image = page.locator(".notebook__output img").first
        image.scroll_into_view_if_needed()
        assert page.evaluate(BROKEN_IMAGES) == []
        shown = Image.open(io.BytesIO(image.screenshot())).convert("RGB")
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert f"rgb{shown.getpixel((1, 1))}" == paper


def test_no_page_scrolls_sideways_on_a_phone(browser, addresses):
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        for address in addresses:
            page.goto(address)
            assert page.evaluate(WIDER_THAN_THE_SCREEN) == []


def test_table_scrolls_in_its_box_and_keeps_the_names_of_runs_in_sight(browser, address):
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.goto(address)
        box = page.locator(".metrics__box").first
        name = box.locator("tbody th").first
        before = name.bounding_box()
        box.evaluate("(box) => { box.scrollLeft = box.scrollWidth; }")
        assert box.evaluate("(box) => box.scrollLeft") > 0
        assert name.bounding_box()["x"] == pytest.approx(before["x"], abs=1)


def test_references_lead_to_what_they_name(page, addresses):
    for address in addresses:
        page.goto(address)
        dead = page.evaluate(
            """() => [...document.querySelectorAll("article a[href^='#']")]
              .map((link) => link.getAttribute("href"))
              .filter((reference) => !document.getElementById(reference.slice(1)))"""
        )
        assert dead == []


def column_of(table, position):
    texts = table.locator(f"tbody tr > :nth-child({position})").all_text_contents()
    return [text.removesuffix(", best") for text in texts]


def as_numbers(texts):
    return [float(text.replace("\u202f", "").replace("\u2212", "-")) for text in texts]


def test_tables_are_sorted_by_their_headings_with_mouse_and_keyboard(page, address):
    page.goto(f"{address}metrics/")
    table = page.get_by_role("table", name="Averages over the test images.")
    heading = table.get_by_role("columnheader", name="BCE")
    expect(heading).to_be_visible()
    unsorted = column_of(table, 3)

    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    values = as_numbers(column_of(table, 3))
    assert values == sorted(values)
    assert sorted(column_of(table, 3)) == sorted(unsorted)

    page.keyboard.press("Enter")
    expect(heading).to_have_attribute("aria-sort", "descending")
    assert as_numbers(column_of(table, 3)) == sorted(values, reverse=True)

    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    expect(heading).not_to_have_attribute("aria-sort", "descending")
    bounds = column_of(table, 2)
    measured = [text for text in bounds if text not in ("–", "diverged")]
    assert bounds[: len(measured)] == measured, "what has no value does not stand last"
    assert as_numbers(measured) == sorted(as_numbers(measured))

    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    names = column_of(table, 1)
    assert names.index("vae-2") < names.index("vae-16")


def test_tables_can_be_read_without_scripts(browser, address):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{address}metrics/")
        expect(page.get_by_role("table").first.get_by_text("Learning rate")).to_be_visible()
        expect(page.get_by_role("rowheader", name="vae-2", exact=True).first).to_be_visible()
