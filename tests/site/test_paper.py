from io import BytesIO

import lxml.html
import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from miniature import mkdocs_build
from vae_report.errors import ReportError
from vae_report.site.chromium import find_chromium
from vae_report.site.paper import print_report

DATE = 1_000_000_000
HOME = "https://example.org/reports/vae/"


@pytest.fixture(scope="module")
def site(executed_sources, tmp_path_factory):
    """A site that is published below a path."""
    site = tmp_path_factory.mktemp("published") / "site"
    built = mkdocs_build(executed_sources, "--site-dir", site, SITE_URL=HOME, REPORT_PDF="r.pdf")
    assert built.returncode == 0, built.stdout + built.stderr
    return site


@pytest.fixture(scope="module")
def printed(browser, site):
    return print_report(browser, site, DATE)


@pytest.fixture(scope="module")
def paper(printed):
    return PdfReader(BytesIO(printed))


def text_of(paper):
    return "\n".join(sheet.extract_text() for sheet in paper.pages)


def addresses(paper):
    notes = (note.get_object() for sheet in paper.pages for note in sheet.get("/Annots", ()))
    return {note["/A"]["/URI"] for note in notes if "/A" in note and "/URI" in note["/A"]}


def test_same_site_gives_the_same_bytes(browser, site, printed):
    assert print_report(browser, site, DATE) == printed


def test_paper_is_dated_by_the_report(paper):
    assert paper.metadata.creation_date.timestamp() == DATE
    assert paper.metadata.modification_date.timestamp() == DATE


def test_paper_is_signed_as_the_page_is_cited(site, paper):
    page = lxml.html.parse(site / "index.html")
    [title] = page.xpath("//meta[@name='citation_title']/@content")
    authors = page.xpath("//meta[@name='citation_author']/@content")
    assert (paper.metadata.title, paper.metadata.author) == (title, ", ".join(authors))


def test_sheets_are_a4_and_numbered(paper):
    assert len(paper.pages) > 1
    for number, sheet in enumerate(paper.pages, start=1):
        assert (round(sheet.mediabox.width), round(sheet.mediabox.height)) == (595, 842)
        assert str(number) in sheet.extract_text().splitlines()


def test_paper_has_an_outline_and_is_tagged(paper):
    title, sections = paper.outline
    assert title["/Title"] == "A small report"
    assert [section["/Title"] for section in sections] == [
        "The objective",
        "Results",
        "Findings",
        "Names",
    ]
    assert paper.root_object["/MarkInfo"]["/Marked"]
    assert paper.root_object["/Lang"] == "en"


def test_links_within_stay_within_and_others_lead_to_the_published_site(paper):
    assert addresses(paper) >= {f"{HOME}metrics/", f"{HOME}evidence/#claim-vae-is-smoother"}
    assert all(address.startswith("https://") for address in addresses(paper))
    assert not any("#figure" in address or "#equation" in address for address in addresses(paper))


def test_addresses_stand_in_notes(paper):
    text = text_of(paper)
    assert f"1 {HOME}metrics/" in text
    assert f"{HOME}evidence" not in text, "a verdict needs no note"


def test_nothing_is_on_paper_that_only_a_screen_needs(paper):
    text = text_of(paper)
    for control in ("Download", "Data (CSV)", "Runs (", "Search", "Next"):
        assert control not in text
    assert "0123456789ab" in text, "what the report was built from is missing"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_and_paper_are_light_whatever_the_theme(browser: Browser, site, scheme):
    with browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        page.route("**/*", lambda route: route.fulfill(path=_file(site, route.request.url)))
        page.goto(HOME, wait_until="networkidle")
        sheet = PdfReader(BytesIO(page.pdf(print_background=True)))
    colours = [
        image.image.convert("RGB").getpixel((9, 9)) for p in sheet.pages for image in p.images
    ]
    assert colours == [(0xEE, 0xEE, 0xFF)]


def _file(site, address):
    path = site / address.removeprefix(HOME)
    return path / "index.html" if path.is_dir() else path


def test_page_offers_the_paper_only_where_it_is_printed(site, miniature):
    offer = 'href="r.pdf" download'
    assert offer in (site / "index.html").read_text(encoding="utf-8")
    assert "Download as PDF" not in (miniature / "index.html").read_text(encoding="utf-8")


def test_lack_of_a_browser_is_one_line(monkeypatch):
    monkeypatch.setenv("CHROME_PATH", "/nowhere/chromium")
    with pytest.raises(ReportError, match=r"no browser \(/nowhere/chromium\); install") as failure:
        find_chromium()
    assert "\n" not in str(failure.value)
