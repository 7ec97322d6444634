"""The stage that publishes results in `docs/assets`, as a site, and as a paper."""

import hashlib
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from vae_report.engine.files import write_bytes
from vae_report.engine.fingerprint import Name
from vae_report.engine.graph import Item
from vae_report.engine.store import Entry, Files, digest
from vae_report.engine.view import publish
from vae_report.errors import ReportError
from vae_report.registry import fingerprint
from vae_report.site.chromium import find_chromium
from vae_report.stages.context import Context
from vae_report.stages.provenance import source_of

_PLACES = {"figure": "figures", "explorer": "explorer"}
"""The folders of `docs/assets` in which the files of some stages are published."""

_PRINTING = Name("vae_report.site.paper", "print_report")


def assets_item(context: Context, shown: Sequence[Item]) -> Item:
    """Publish what the pages show in `docs/assets`."""

    def make(missing: Sequence[Entry]) -> dict[str, Files]:
        files = {
            Path(_PLACES.get(item.stage, ""), path.name).as_posix(): path
            for item in shown
            for entry in item.entries()
            for path in context.store.files(entry.key)
        }
        context.publish_alone()
        publish(files, context.assets)
        return {}

    return Item("publish", "assets", make, after=shown, work=lambda: 0.1, always=True)


def site_item(context: Context, assets: Item) -> Item:
    """Make the pages."""

    def make(missing: Sequence[Entry]) -> dict[str, Files]:
        root = context.options.root
        source, no_browser = source_of(root), _why_no_paper(context)
        if source.unknown:
            date = datetime.fromtimestamp(source.date, UTC).date()
            context.say(f"No commit is known ({source.unknown}); the report is dated {date}.")
        asked = context.settings.site.pdf
        if asked and no_browser:
            context.say(f"No site/report.pdf: {no_browser}")
        environment = {
            "SOURCE_DATE_EPOCH": str(source.date),
            "NO_MKDOCS_2_WARNING": "1",
            **({"REPORT_PDF": _paper(context).name} if asked and not no_browser else {}),
            **os.environ,
        }
        # Without --quiet, which does not count warnings and so disables --strict.
        command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
        status, said = context.run(command, environment)
        if status:
            lines = [line for line in said.splitlines() if line and line[:4] != "INFO"]
            print(*lines, sep="\n", file=sys.stderr)
            raise ReportError("The pages could not be built: see above.")
        return {}

    return Item("site", "", make, after=[assets], work=lambda: 6.0, always=True)


def paper_items(context: Context, site: Item) -> list[Item]:
    """Print the built site into a PDF and publish it, if the settings ask for it and it can be."""
    if not context.settings.site.pdf or _why_no_paper(context):
        return []
    paper = _paper(context)

    def entries() -> list[Entry]:
        pages = {
            path.relative_to(paper.parent).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(paper.parent.rglob("*"))
            if path.is_file() and path != paper
        }
        printing = fingerprint((_PRINTING,), ("playwright", "pypdf"))
        return [Entry("paper", {"pages": digest(pages), "printing": printing})]

    def make(missing: Sequence[Entry]) -> dict[str, Files]:
        root = context.options.root
        content = context.do("paper", print_paper, root / "site", source_of(root).date)
        return {entry.key: {paper.name: content} for entry in missing}

    def make_published(missing: Sequence[Entry]) -> dict[str, Files]:
        [entry] = printed.entries()
        write_bytes(paper, (context.folder(entry) / paper.name).read_bytes())
        return {}

    printed = Item("paper", "", make, entries, [site], work=lambda: 6.0)
    return [printed, Item("publish", "paper", make_published, after=[printed], always=True)]


def print_paper(site: Path, date: int) -> bytes:
    """Return the built site's report as a PDF with a date in seconds since 1970."""
    from vae_report.site.chromium import chromium
    from vae_report.site.paper import print_report

    with chromium() as browser:
        return print_report(browser, site, date)


def _paper(context: Context) -> Path:
    return context.options.root / "site" / "report.pdf"


@cache
def _why_no_paper(context: Context) -> str | None:
    """Return the reason why no paper can be printed; none if it can."""
    try:
        find_chromium()
    except ReportError as reason:
        return str(reason)
    return None
