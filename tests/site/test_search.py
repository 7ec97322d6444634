import json

import pytest
from playwright.sync_api import expect

from vae_report.audit.server import served


@pytest.mark.parametrize(
    ("words", "section"),
    [
        ("evidence lower bound", "objective"),
        ("Kullback", "names"),
        ("Leibler", "names"),
        ("Fréchet", "names"),
        ("reparameterization", "names"),
        ("ankle boot", "names"),
        ("trouser", "names"),
    ],
)
def test_search_finds_formulas_and_classes_by_name(page, miniature, words, section):
    with served(miniature, under="/vae-report/") as address:
        page.goto(address)
        box = page.get_by_role("textbox", name="Search")
        box.click()
        box.press_sequentially(words)
        found = page.locator(f".md-search-result__link[href*='#{section}']")
        expect(found.first).to_be_attached()
        page.goto(found.first.get_attribute("href"))
        heading = page.locator(f"[id='{section}']")
        expect(heading).to_be_in_viewport()


def test_index_holds_no_debris_of_formulas(site):
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    text = " ".join(entry["title"] + entry["text"] for entry in index["docs"])
    assert "\u2061" not in text
    assert "∑" not in text
    assert "evidence lower bound" in text
