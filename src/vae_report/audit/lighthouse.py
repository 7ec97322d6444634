"""Lighthouse's judgement of a page on a phone."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vae_report.audit.marks import SHIFT, Violation, marks_of
from vae_report.audit.packages import npm_package
from vae_report.errors import ReportError
from vae_report.site.chromium import FLAGS, find_chromium
from vae_report.site.node import find_node

_REPETITIONS = 3


@dataclass(frozen=True)
class Judgement:
    """Lighthouse's judgement of one page.

    Args:
        scores: The scores by category, from 0 to 100.
        shift: The layout shift while the page loaded.
        violations: The violations of the page's marks.
        runs: The number of runs whose median is the performance score.
    """

    scores: Mapping[str, int]
    shift: float
    violations: tuple[Violation, ...]
    runs: int = 1


def judge(page: str, run: Callable[[], Mapping[str, Any]]) -> Judgement:
    """Compare a page with its marks.

    The score of performance depends on what else the machine does: if one run misses the mark, the
    run with the median score of three decides.

    Args:
        page: The path of the page within the site.
        run: A function that runs Lighthouse and returns the content of its JSON.
    """
    marks = marks_of(page)
    results = [run()]
    if _scores(results[0])["performance"] < marks["performance"]:
        results += [run() for _ in range(_REPETITIONS - 1)]
    results.sort(key=lambda result: _scores(result)["performance"])
    result = results[len(results) // 2]
    scores = _scores(result)
    shift: float = result["audits"]["cumulative-layout-shift"]["numericValue"]
    violations = [
        Violation(page, category, rule, element)
        for category, mark in marks.items()
        if scores[category] < mark
        for rule, element in _faults(result, category)
    ]
    if shift > SHIFT:
        violations.append(Violation(page, "shift", "layout-shift", f"{shift:.3f} while loading"))
    return Judgement(scores, shift, tuple(violations), len(results))


def run_lighthouse(address: str, root: Path, record: Path) -> Mapping[str, Any]:
    """Run Lighthouse on a page, in its mobile default, in a browser of its own.

    Args:
        address: The address of the page.
        root: The root of the repository, which holds `node_modules`.
        record: The path of the JSON file for the result.

    Raises:
        ReportError: Lighthouse or the browser is missing or fails.
    """
    program = npm_package(root, "lighthouse") / "cli" / "index.js"
    flags = " ".join(("--headless=new", *FLAGS))
    options = ("--quiet", "--output=json", f"--output-path={record}")
    process = subprocess.run(
        [find_node(), program, address, *options, f"--chrome-flags={flags}"],
        env=os.environ | {"CHROME_PATH": find_chromium()},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if process.returncode != 0:
        problem = next((line for line in process.stderr.splitlines() if line), "no answer")
        raise ReportError(f"{address}: Lighthouse failed: {problem}; run `make audit` again.")
    result: Mapping[str, Any] = json.loads(record.read_bytes())
    return result


def _scores(result: Mapping[str, Any]) -> dict[str, int]:
    return {
        name: round(100 * (category["score"] or 0))
        for name, category in result["categories"].items()
    }


def _faults(result: Mapping[str, Any], category: str) -> Iterator[tuple[str, str]]:
    """Name the faults that cost a category points: each rule, and an element or a value."""
    for reference in result["categories"][category]["auditRefs"]:
        audit = result["audits"][reference["id"]]
        if not reference["weight"] or audit["score"] is None or audit["score"] == 1:
            continue
        items = audit.get("details", {}).get("items", [])
        nodes = [item["node"]["snippet"] for item in items if "node" in item]
        for element in nodes or [audit.get("displayValue") or audit["title"]]:
            yield reference["id"], element
