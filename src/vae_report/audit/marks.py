"""The marks that a page must reach, and the reasons for them."""

from pathlib import Path
from typing import NamedTuple

NOT_FOUND = "404.html"

SHIFT = 0.02
"""Layout shift from the first paint to the end of the page: a fifth of what Web Vitals calls good.
Every image has its dimensions, so that nothing has a reason to move."""

SCORES = {"accessibility": 100, "best-practices": 100, "seo": 100}
"""Lighthouse scores that depend on the page alone, so that anything below 100 is a fault."""

PERFORMANCE = 95
"""Lighthouse's mobile performance score: 90 is good, and the rest leaves room for noise."""

_EXCEPTIONS = {
    # Its models and images must load before anything is shown.
    "explorer/": {"performance": 90},
    # Search engines are not to find the page for what is missing.
    NOT_FOUND: {"seo": 0},
}


class Violation(NamedTuple):
    """A fault of a page: the check and the rule that it fails, and the element that is at fault."""

    page: str
    check: str
    rule: str
    element: str


def page_name(site: Path, file: Path) -> str:
    """Give the path by which readers ask for a file of the site."""
    path = file.relative_to(site).as_posix()
    return path.removesuffix("index.html") or "/"


def marks_of(page: str) -> dict[str, int]:
    """Give the least score in each of Lighthouse's categories, by a page's path in the site."""
    return {"performance": PERFORMANCE, **SCORES, **_EXCEPTIONS.get(page, {})}
