"""What depends on how the theme is made inside, on its own pages and on the site's."""

import re

import lxml.html
import pytest
import yaml
from mkdocs.commands.build import build
from mkdocs.config import load_config
from playwright.sync_api import expect

from miniature import REPOSITORY, mkdocs_build
from vae_report.audit.server import served
from vae_report.errors import ReportError
from vae_report.site.theme import CORRECTIONS, STYLE_SHEET, correct


@pytest.fixture(scope="module")
def theme_alone(tmp_path_factory):
    """A site of the theme with the report's options, and nothing of the report."""
    root = tmp_path_factory.mktemp("theme")
    options = yaml.safe_load((REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8"))["theme"]
    del options["custom_dir"], options["icon"]
    (root / "docs").mkdir()
    (root / "docs" / "index.md").write_text("# Page\n", encoding="utf-8")
    (root / "mkdocs.yml").write_text(
        yaml.safe_dump({"site_name": "Site", "theme": options, "plugins": ["search"]}),
        encoding="utf-8",
    )
    build(load_config(str(root / "mkdocs.yml")))
    return root / "site"


@pytest.fixture(scope="module")
def theme_address(theme_alone):
    with served(theme_alone, under="/theme/") as address:
        yield address


@pytest.fixture(params=["index.html", "404.html"])
def markup(miniature, request):
    return lxml.html.parse(miniature / request.param)


@pytest.mark.parametrize("page", ["index.html", "404.html"])
@pytest.mark.parametrize("name", CORRECTIONS)
def test_theme_writes_what_is_corrected_or_the_build_says_so(theme_alone, page, name):
    markup = (theme_alone / page).read_text(encoding="utf-8")
    assert correct(markup) != markup
    lacking = re.sub(CORRECTIONS[name].pattern, "", markup)
    with pytest.raises(ReportError, match=rf"mkdocs-material [\d.]+: .*{name!r}.* install the"):
        correct(lacking)


def test_theme_has_one_style_sheet_and_its_palettes(theme_alone):
    names = sorted(path.name for path in (theme_alone / "assets/stylesheets").glob("*.css"))
    assert [name.partition(".")[0] for name in names] == ["main", "palette"]


def test_classes_of_the_root_are_those_that_the_theme_sets(page, theme_address):
    page.goto(theme_address)
    expect(page.locator("html")).to_contain_class("js js-focus-visible")


def test_page_has_one_style_sheet_before_its_first_paint(markup, miniature):
    sheets = markup.xpath("//head/link[@rel='stylesheet' and not(@media)]/@href")
    assert [sheet.removeprefix("/") for sheet in sheets] == [STYLE_SHEET]
    assert not (miniature / "assets" / "stylesheets").exists()


def test_whatever_the_site_says_outranks_the_theme(page, address):
    page.goto(address)
    outside, *layers = page.evaluate(
        """() => {
          const rules = [...document.styleSheets[0].cssRules];
          const layers = rules.filter((rule) => rule instanceof CSSLayerBlockRule);
          return [rules.length, ...layers.map(({ name, cssRules }) => [name, cssRules.length])];
        }"""
    )
    [[name, inside]] = layers
    assert name == "theme"
    assert inside > 500
    assert outside > 100
    # An important declaration would not be outranked: the site wants none of these otherwise.
    important = page.evaluate(
        """() => {
          const found = [];
          const search = (rules) => {
            for (const rule of rules) {
              for (const name of rule.style ?? []) {
                if (rule.style.getPropertyPriority(name)) found.push(rule.selectorText);
              }
              if (rule.cssRules) search(rule.cssRules);
            }
          };
          for (const sheet of document.styleSheets) search(sheet.cssRules);
          return [...new Set(found)];
        }"""
    )
    assert important == [
        "*, ::after, ::before",
        ".md-code__button--active",
        ".md-typeset .md-annotation-list",
        ".md-typeset div.arithmatex > *",
        ".md-typeset div.arithmatex > * mjx-container",
    ]


def test_style_sheet_that_a_report_adds_is_joined_unless_it_lies_elsewhere(sources):
    config = sources / "mkdocs.yml"
    settings = yaml.safe_load(config.read_text(encoding="utf-8"))
    settings["extra_css"] += ["own.css", "https://example.org/far.css"]
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    (sources / "docs" / "own.css").write_text("h1 { color: teal; }\n", encoding="utf-8")
    built = mkdocs_build(sources)
    assert built.returncode == 0, built.stdout + built.stderr
    joined = (sources / "site" / STYLE_SHEET).read_text(encoding="utf-8")
    assert joined.endswith("}\n\nh1 { color: teal; }\n")
    assert not (sources / "site" / "own.css").exists()
    page = lxml.html.parse(sources / "site" / "index.html")
    assert page.xpath("//head/link[@rel='stylesheet' and not(@media)]/@href") == [
        STYLE_SHEET,
        "https://example.org/far.css",
    ]


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


def test_script_of_the_theme_starts_although_the_page_is_there(page, address):
    page.goto(address)
    # The script alone gives blocks of code their buttons.
    expect(page.locator("pre .md-code__button, .md-code__nav").first).to_be_attached()


def test_choice_of_a_theme_is_kept(browser, address):
    with browser.new_context(color_scheme="dark") as context:
        page = context.new_page()
        page.goto(address)
        page.locator("label[title='Switch to light mode']").click()
        for _ in range(2):
            expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "default")
            assert page.evaluate("getComputedStyle(document.body).colorScheme") == "light"
            page.reload()
