"""Pages in a browser, in both themes, on a phone and on a desk: axe-core, and what moves."""

import textwrap
from collections import defaultdict
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from itertools import product, starmap
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from vae_report.audit.marks import SHIFT, Violation
from vae_report.audit.packages import npm_package

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Error, Page, Response

WIDTHS = {360: 740, 1280: 900}
"""Widths in CSS pixels, and the heights that go with them."""

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

_STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

_RUN_AXE = """(tags) => axe.run(document, {
  runOnly: { type: "tag", values: tags },
  resultTypes: ["violations"],
})"""

_NOTE_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const { hadRecentInput, value, sources } of list.getEntries()) {
    if (hadRecentInput) continue;
    shifts.push({ value, moved: sources.map(({ node }) => node?.outerHTML ?? node?.data) });
  }
}).observe({ type: "layout-shift", buffered: true });
"""

_READ_TO_THE_END = """async () => {
  const nextFrame = () => new Promise(requestAnimationFrame);
  for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
    scrollTo({ top: y, behavior: "instant" });
    await nextFrame();
    await nextFrame();
  }
  const shown = [...document.images].filter((image) => image.checkVisibility());
  await Promise.allSettled(shown.map((image) => image.decode()));
  scrollTo({ top: 0, behavior: "instant" });
  await nextFrame();
}"""

_WIDER_THAN_THE_WINDOW = """() => {
  const { clientWidth, scrollWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const scrolls = (element) =>
    element !== document.body &&
    (getComputedStyle(element).overflowX !== "visible" || scrolls(element.parentElement));
  const widest = [...document.body.querySelectorAll("*")].find(
    (element) =>
      element.getBoundingClientRect().right > clientWidth + 1 && !scrolls(element.parentElement),
  );
  return [(widest ?? document.body).outerHTML];
}"""


class Setting(NamedTuple):
    """The theme and the width of the window that a reader has."""

    theme: Literal["light", "dark"]
    width: int

    def __str__(self) -> str:
        return f"{self.theme}, {self.width} px"


SETTINGS = tuple(starmap(Setting, product(THEMES, WIDTHS)))


def browse(
    browser: "Browser",
    address: str,
    pages: Sequence[str],
    root: Path,
    screenshots: Path,
    settings: Iterable[Setting] = SETTINGS,
) -> tuple[dict[str, float], list[Violation]]:
    """Read pages to their end in both themes and at both widths.

    Args:
        browser: The browser to read them in.
        address: The address of the site.
        pages: The pages' paths within the site.
        root: The root of the repository, which holds `node_modules`.
        screenshots: The folder for a picture of each page as each reader sees it.
        settings: The settings of the readers.

    Returns:
        The greatest layout shift of each page, and the violations, each with its readers.

    Raises:
        ReportError: The package axe-core is missing.
    """
    axe = (npm_package(root, "axe-core") / "axe.min.js").read_text(encoding="utf-8")
    shifts: dict[str, float] = dict.fromkeys(pages, 0.0)
    found: dict[Violation, set[str]] = defaultdict(set)
    for setting in settings:
        with _reader(browser, setting) as context:
            for name in pages:
                with context.new_page() as page:
                    shift, violations = _read(page, address, name, axe)
                    picture = f"{slug(name)}.{setting.theme}.{setting.width}.png"
                    page.screenshot(path=screenshots / picture, full_page=True)
                shifts[name] = max(shifts[name], shift)
                for violation in violations:
                    found[violation].add(str(setting))
    return shifts, [
        violation._replace(element=f"{violation.element} ({'; '.join(sorted(readers))})")
        for violation, readers in found.items()
    ]


def slug(page: str) -> str:
    """Name the files of a page."""
    return page.strip("/").replace("/", "-").removesuffix(".html") or "index"


def _reader(browser: "Browser", setting: Setting) -> "BrowserContext":
    context = browser.new_context(
        viewport={"width": setting.width, "height": WIDTHS[setting.width]},
        color_scheme=setting.theme,
        reduced_motion="reduce",
    )
    context.add_init_script(_NOTE_SHIFTS)
    return context


def _read(page: "Page", address: str, name: str, axe: str) -> tuple[float, list[Violation]]:
    violations: list[Violation] = []

    def note_failure(response: "Response") -> None:
        if response.status >= HTTPStatus.BAD_REQUEST:
            violations.append(Violation(name, "loading", str(response.status), response.url))

    def note_error(error: "Error") -> None:
        violations.append(Violation(name, "loading", "script-error", _shortened(error.message)))

    page.on("response", note_failure)
    page.on("pageerror", note_error)
    page.goto(address + name.removeprefix("/"))
    page.evaluate(_READ_TO_THE_END)
    page.wait_for_load_state("networkidle")
    shifts = page.evaluate("shifts")
    shift: float = sum(each["value"] for each in shifts)
    if shift > SHIFT:
        most = max(shifts, key=lambda each: each["value"])["moved"]
        moved = f"{shift:.3f}, most by {next(filter(None, most), 'what is gone')}"
        violations.append(Violation(name, "shift", "layout-shift", _shortened(moved)))
    for element in page.evaluate(_WIDER_THAN_THE_WINDOW):
        violations.append(Violation(name, "width", "horizontal-scroll", _shortened(element)))
    page.evaluate(axe)
    for rule in page.evaluate(_RUN_AXE, _STANDARD)["violations"]:
        for node in rule["nodes"]:
            violations.append(Violation(name, "axe", rule["id"], _shortened(node["html"])))
    return shift, violations


def _shortened(markup: str) -> str:
    return textwrap.shorten(markup, 160, placeholder=" …")
