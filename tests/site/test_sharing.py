import json
from urllib.parse import urlsplit

import lxml.html
import pytest
from PIL import Image

from miniature import mkdocs_build

HOME = "https://example.org/reports/vae/"
CARD = {"file": "card.jpg", "width": 1200, "height": 630, "alt": "A card, 249.6 nats."}


@pytest.fixture(scope="module")
def site(executed_sources, tmp_path_factory):
    """A site that is published below a path, with a card and a paper."""
    assets = executed_sources / "docs" / "assets"
    before = (assets / "card.json").read_bytes()
    (assets / "card.json").write_text(json.dumps(CARD))
    (assets / "card.jpg").write_bytes(b"an image")
    site = tmp_path_factory.mktemp("shared") / "site"
    built = mkdocs_build(executed_sources, "--site-dir", site, SITE_URL=HOME, REPORT_PDF="r.pdf")
    (assets / "card.json").write_bytes(before)
    (assets / "card.jpg").unlink()
    assert built.returncode == 0, built.stdout + built.stderr
    return site


@pytest.fixture(scope="module")
def heads(site):
    """Of each page its `meta` values, by their names."""
    return {
        path.parent.relative_to(site).as_posix(): {
            meta.get("name") or meta.get("property"): meta.get("content")
            for meta in lxml.html.parse(path).iterfind(".//meta")
        }
        for path in site.rglob("index.html")
    }


def test_every_page_has_a_card_with_absolute_addresses(site, heads):
    for page, head in heads.items():
        assert head["og:url"] == (HOME if page == "." else f"{HOME}{page}/")
        assert head["og:image"] == f"{HOME}assets/card.jpg"
        assert (site / head["og:image"].removeprefix(HOME)).is_file()
        assert (head["og:image:width"], head["og:image:height"]) == ("1200", "630")
        assert head["og:image:alt"] == CARD["alt"]
        assert head["twitter:card"] == "summary_large_image"


def test_every_page_has_a_title_and_a_description_of_its_own(heads):
    titles = {head["og:title"] for head in heads.values()}
    descriptions = {head["og:description"] for head in heads.values()}
    assert len(titles) == len(descriptions) == len(heads)
    assert all(head["description"] == head["og:description"] for head in heads.values())


def test_report_says_how_to_cite_it(heads):
    report, *others = (heads[page] for page in sorted(heads))
    assert report["citation_title"] == "A sample report"
    assert report["citation_author"]
    assert report["citation_publication_date"] == "2026/01/02"
    assert report["citation_pdf_url"] == f"{HOME}r.pdf"
    assert not any("citation_title" in head for head in others)


def test_lost_readers_find_the_pages_from_any_depth(site):
    lost = lxml.html.parse(site / "404.html")
    links = [link.get("href") for link in lost.iterfind(".//article//a")]
    assert len(links) == len(list(site.rglob("index.html")))
    base = urlsplit(HOME).path
    for link in links:
        assert link.startswith(base)
        assert (site / link.removeprefix(base) / "index.html").is_file()
    for resource in lost.xpath("//link[@rel='stylesheet']/@href | //script/@src"):
        assert resource.startswith(base)
    assert lost.find(".//meta[@name='robots']").get("content") == "noindex"


def test_sitemap_names_every_page_and_nothing_else(site, heads):
    listed = lxml.html.fromstring((site / "sitemap.xml").read_bytes()).xpath("//loc/text()")
    assert sorted(listed) == sorted(head["og:url"] for head in heads.values())


def test_icons_fit_what_asks_for_them(site):
    page = lxml.html.parse(site / "index.html")
    icons = {link.get("href"): link for link in page.xpath("//link[contains(@rel, 'icon')]")}
    assert set(icons) == {
        f"images/{name}" for name in ("favicon.svg", "favicon.ico", "apple-touch-icon.png")
    }
    with Image.open(site / "images/favicon.ico") as icon:
        assert icon.size == (32, 32)
    with Image.open(site / "images/apple-touch-icon.png") as icon:
        assert icon.size == (180, 180)


def test_pages_without_a_card_name_none(miniature):
    assert "og:image" not in (miniature / "index.html").read_text(encoding="utf-8")


def test_variables_that_are_empty_count_as_unset(executed_sources, miniature, tmp_path):
    empty = dict.fromkeys(("SITE_URL", "REPORT_PDF", "SOURCE_DATE_EPOCH"), "")
    built = mkdocs_build(executed_sources, "--site-dir", tmp_path, **empty)
    assert built.returncode == 0, built.stdout + built.stderr
    for page in miniature.rglob("index.html"):
        assert (tmp_path / page.relative_to(miniature)).read_text() == page.read_text()


def test_an_address_may_lack_its_last_slash(executed_sources, heads, tmp_path):
    address = HOME.rstrip("/")
    built = mkdocs_build(executed_sources, "--site-dir", tmp_path, SITE_URL=address)
    assert built.returncode == 0, built.stdout + built.stderr
    page = lxml.html.parse(tmp_path / "index.html")
    assert page.find(".//link[@rel='canonical']").get("href") == HOME


def test_an_address_that_is_none_is_one_line(executed_sources, tmp_path):
    built = mkdocs_build(executed_sources, "--site-dir", tmp_path, SITE_URL="example.org")
    assert built.returncode != 0
    said = built.stdout + built.stderr
    assert "Error: SITE_URL=example.org: not an address; give one such as " in said
    assert "Traceback" not in said
