"""What a reader sees of a table of numbers, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

# Where the decimal point of each number of a column lies: its left edge, in pixels. A number
# without a point ends where the point would be.
POINTS = """(table, column) => [...table.tBodies].flatMap((body) => [...body.rows])
  .map((row) => row.cells[column])
  .filter((cell) => cell && !cell.hasAttribute("colspan") && /\\d|–/.test(cell.firstChild.data))
  .map(({ firstChild: text }) => {
    const range = document.createRange();
    const point = text.data.indexOf(".");
    range.setStart(text, 0);
    range.setEnd(text, point < 0 ? text.length : point);
    return range.getBoundingClientRect().right;
  })"""


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 360, "height": 800}) as context:
        page = context.new_page()
        page.goto(f"{address}metrics/")
        yield page


def test_decimal_points_of_a_column_stand_below_each_other(page):
    columns = 0
    for table in page.locator(".metrics__table").all():
        numbers = table.locator("thead th:not(.metrics__word)").all()[1:]
        for heading in numbers:
            position = heading.evaluate("(heading) => heading.cellIndex")
            points = table.evaluate(f"(table) => ({POINTS})(table, {position})")
            assert max(points) - min(points) < 0.1, heading.text_content()
            columns += 1
    assert columns > 40


def test_best_is_marked_for_the_eye_and_for_the_ear_but_moves_no_number(page):
    table = page.get_by_role("table", name="Averages over the test images.")
    best = table.locator(".metrics__best").first
    assert best.text_content().endswith(", best")
    assert "★" in best.evaluate("(cell) => getComputedStyle(cell, '::before').content")
    said = best.locator("span").bounding_box()
    assert said["width"] <= 1
    note = page.locator("#metrics-test .metrics__note")
    expect(note).to_contain_text("nats compare only among runs of one model and likelihood")


def test_headings_stay_in_sight_while_a_long_table_scrolls(page):
    box = page.locator("#metrics-test .metrics__box")
    box.scroll_into_view_if_needed()
    heading = box.get_by_role("columnheader", name="BCE")
    before = heading.bounding_box()
    box.evaluate("(box) => { box.scrollTop = 200; }")
    assert box.evaluate("(box) => box.scrollTop") == 200
    assert heading.bounding_box()["y"] == pytest.approx(before["y"], abs=1)


def test_names_of_runs_leave_a_phone_room_for_numbers(page):
    for table in page.locator(".metrics__table").all():
        assert table.locator("tbody th").first.bounding_box()["width"] < 0.45 * 360


def test_box_scrolls_by_keyboard(page):
    box = page.locator("#metrics-test .metrics__box")
    box.focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("(box) => box.scrollTop > 0", arg=box.element_handle())


def test_sorting_is_announced(page):
    figure = page.locator("#metrics-test")
    status = figure.get_by_role("status")
    expect(status).to_have_text("")
    heading = figure.get_by_role("button", name="PSNR")
    heading.press("Enter")
    expect(status).to_have_text("Sorted by PSNR, ascending")
    heading.press("Enter")
    expect(status).to_have_text("Sorted by PSNR, descending")
