"""The audit of a whole site: every check of every page, shown as a table and lines of faults."""

import functools
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import lxml.etree
from rich.console import Console
from rich.table import Table

from vae_report.audit.browsing import browse, slug
from vae_report.audit.lighthouse import Judgement, judge, run_lighthouse
from vae_report.audit.links import dead_links
from vae_report.audit.marks import SCORES, Violation, page_name
from vae_report.audit.server import served
from vae_report.audit.validity import invalid_html
from vae_report.engine.files import write_json
from vae_report.errors import ReportError
from vae_report.site.chromium import chromium

_CATEGORIES = ("performance", *SCORES)
_HEADINGS = ("perform-\nance", "access-\nibility", "best\npractices", "SEO", "layout\nshift")
_COUNTED = ("axe", "width", "loading", "HTML", "links")


def audit(root: Path, console: Console) -> bool:
    """Check every page of the built site, and print the results.

    The folder `.cache/audit` gets the results of Lighthouse, all violations, and a screenshot of
    each page in both themes and at both widths.

    Args:
        root: The root of the repository.
        console: The console to write to.

    Returns:
        Whether every page reaches its marks.

    Raises:
        ReportError: The site, a tool or the browser is missing.
    """
    site, record = root / "site", root / ".cache" / "audit"
    sitemap = site / "sitemap.xml"
    if not sitemap.is_file():
        raise ReportError(f"{sitemap}: there is no site to audit; run `make site`.")
    shutil.rmtree(record, ignore_errors=True)
    for folder in ("screenshots", "lighthouse"):
        (record / folder).mkdir(parents=True)
    addresses = lxml.etree.parse(sitemap).xpath("//*[local-name()='loc']/text()")
    # A site that was built without an address names none.
    home = min(addresses, key=len, default="http://127.0.0.1/")
    pages = [page_name(site, file) for file in sorted(site.rglob("*.html"))]
    violations = dead_links(site, home) + invalid_html(site, root, record / "html.json")
    with served(site, urlsplit(home).path) as address:
        console.print("axe-core on every page, in both themes, at both widths", highlight=False)
        with chromium() as browser:
            shifts, seen = browse(browser, address, pages, root, record / "screenshots")
        violations += seen
        judgements: dict[str, Judgement] = {}
        for page in pages:
            console.print(f"Lighthouse on {page}", highlight=False)
            run = functools.partial(
                run_lighthouse,
                address + page.removeprefix("/"),
                root,
                record / "lighthouse" / f"{slug(page)}.json",
            )
            judgements[page] = judge(page, run)
            shifts[page] = max(shifts[page], judgements[page].shift)
            violations += judgements[page].violations
    write_json(record / "violations.json", {"violations": [each._asdict() for each in violations]})
    console.print(_table(judgements, shifts, violations))
    for page, check, rule, element in violations:
        console.print(
            f"{page}: {check}: {rule}: {element}", markup=False, highlight=False, soft_wrap=True
        )
    return not violations


def _table(
    judgements: Mapping[str, Judgement],
    shifts: Mapping[str, float],
    violations: Sequence[Violation],
) -> Table:
    """Show scores, layout shift, and the numbers of all other violations."""
    failed = Counter((violation.page, violation.check) for violation in violations)
    table = Table("page", box=None, pad_edge=False)
    if any(judgement.runs > 1 for judgement in judgements.values()):
        table.caption = "* the median of several runs, the first of which missed the mark"
    for heading in (*_HEADINGS, *_COUNTED):
        table.add_column(heading, justify="right")
    # A file that is no page, such as a style sheet with a dead address, has no scores.
    for page in dict.fromkeys([*judgements, *(violation.page for violation in violations)]):
        judgement = judgements.get(page)
        values = dict.fromkeys((*_CATEGORIES, "shift"), "")
        if judgement:
            values = {name: str(judgement.scores[name]) for name in _CATEGORIES}
            values["shift"] = f"{shifts[page]:.3f}"
            if judgement.runs > 1:
                values["performance"] += "*"
        values |= {check: str(failed[page, check]) for check in _COUNTED}
        table.add_row(
            page,
            *(
                f"[bold red]{value} ✗[/]" if failed[page, check] else value
                for check, value in values.items()
            ),
        )
    return table
