"""The stage that records the report's provenance: its source, software and processors."""

import json
import os
import platform
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from vae_report.engine.files import json_bytes
from vae_report.engine.graph import Item
from vae_report.engine.store import Entry, Files, digest
from vae_report.errors import ReportError
from vae_report.stages.context import Context
from vae_report.stages.finding import facts_of
from vae_report.stages.training import classifier_of, spec_of, with_seed

_VERSIONS = ("torch", "numpy", "matplotlib", "mkdocs-material", "vae-report")
_DAY = 86_400


def provenance_item(context: Context, trained: Sequence[Item]) -> Item:
    """Write down the report's provenance."""

    def entries() -> list[Entry]:
        return [Entry("provenance", {"content": digest(_provenance_of(context))})]

    def make(missing: Sequence[Entry]) -> dict[str, Files]:
        content = json_bytes(_provenance_of(context))
        return {entry.key: {"provenance.json": content} for entry in missing}

    return Item("provenance", "", make, entries, trained)


@cache
def _provenance_of(context: Context) -> dict[str, Any]:
    settings = context.settings
    trained = {title: spec_of(context, run).entry for run, title in settings.trained.items()}
    trained |= {
        with_seed(context, "classifier", seed): classifier_of(context, seed).entry
        for seed in settings.judges
    }
    origins = {
        title: json.loads((context.folder(entry) / "origin.json").read_bytes())
        for title, entry in trained.items()
    }
    options = context.options
    return provenance(options.root, options.profile, facts_of(context), origins)


def provenance(
    root: Path,
    profile: str,
    dataset: Mapping[str, Any],
    origins: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:
    """Describe a report's provenance.

    Args:
        root: The root of the repository.
        profile: The profile in force.
        dataset: The name and digest of the data set, and whether it is verified; its place is no
            property of the report.
        origins: The stored origin of each training, by its title.

    Returns:
        The content of `provenance.json`. `processors` lists the processors that trained, and
        `processors_of` the processor of each training if there are several.
    """
    processors = {
        title: f"{origin['processor']}, {origin['instructions']}"
        for title, origin in origins.items()
    }
    used = sorted(set(processors.values()))
    source = source_of(root)
    return {
        "commit": source.commit,
        "modified": source.modified,
        "date": datetime.fromtimestamp(source.date, UTC).date().isoformat(),
        "profile": profile,
        "device": ", ".join(sorted({origin["device"] for origin in origins.values()})),
        "processors": used,
        "processors_of": processors if len(used) > 1 else {},
        "data": dict(dataset),
        "versions": {
            "python": platform.python_version(),
            **{library: version(library) for library in _VERSIONS},
        },
    }


class Source(NamedTuple):
    """What is known of the source from which a report is made.

    Attributes:
        commit: The commit, if it is known.
        modified: Whether files differ from those of the commit.
        date: The date of the report, in seconds since 1970: `SOURCE_DATE_EPOCH`, else that of the
            commit, else that of today.
        unknown: The reason why no commit is known; empty if one is.
    """

    commit: str | None
    modified: bool
    date: int
    unknown: str


def source_of(root: Path) -> Source:
    """Identify the source in a folder by git, or by the record of an archive.

    The record is the file `.archive`, which archives made by git have and clones lack.

    Raises:
        ReportError: The value of `SOURCE_DATE_EPOCH` is no number of seconds.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given and not given.isdecimal():
        raise ReportError(
            f"SOURCE_DATE_EPOCH={given}: not a number of seconds; correct or unset it."
        )
    commit, committed, modified, unknown = None, "", False, ""
    try:
        # The commit of a surrounding repository does not describe a folder in it.
        if Path(_git(root, "rev-parse", "--show-toplevel")).resolve() != root.resolve():
            raise ValueError("it lies in another repository, which does not hold it as its own")
        commit, committed = _git(root, "log", "-1", "--format=%H %ct").split()
        modified = bool(_git(root, "status", "--porcelain"))
    except ValueError as reason:
        try:
            record = (root / ".archive").read_text(encoding="utf-8")
        except (OSError, ValueError):
            record = ""
        if found := re.fullmatch(r"([0-9a-f]{40,64}) (\d+)\s*", record):
            commit, committed = found.groups()
        else:
            unknown = str(reason)
    today = int(time.time()) // _DAY * _DAY
    return Source(commit, modified, int(given or committed or today), unknown)


def _git(root: Path, *arguments: str) -> str:
    """Return the output of git.

    Raises:
        ValueError: Git is missing or fails; the message has the reason.
    """
    try:
        return subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, check=True
        ).stdout.strip()
    except OSError:
        raise ValueError("git is not installed") from None
    except subprocess.CalledProcessError as error:
        first = next(iter(error.stderr.splitlines()), "git fails")
        raise ValueError(first.removeprefix("fatal: ")) from None
