"""The check that pages are valid HTML, by html-validate."""

import json
import subprocess
from pathlib import Path

from vae_report.audit.marks import Violation, page_name
from vae_report.audit.packages import npm_package
from vae_report.errors import ReportError
from vae_report.site.node import find_node


def invalid_html(site: Path, root: Path, record: Path) -> list[Violation]:
    """Find invalid HTML in the pages of a site.

    Args:
        site: The folder of the built site.
        root: The root of the repository, with `node_modules` and the rules, `html_rules.mjs` in
            `scripts`.
        record: The path of the JSON file for the answer of html-validate.

    Raises:
        ReportError: The package html-validate is missing or fails.
    """
    program = npm_package(root, "html-validate") / "bin" / "html-validate.mjs"
    rules = root / "scripts" / "html_rules.mjs"
    process = subprocess.run(
        [find_node(), program, "--config", rules, "--formatter", f"json={record}", site],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if not record.is_file():
        problem = next((line for line in process.stderr.splitlines() if line), "no answer")
        raise ReportError(f"{rules}: html-validate failed: {problem}; correct it.")
    return [
        Violation(
            page_name(site.resolve(), Path(page["filePath"])),
            "HTML",
            message["ruleId"],
            f"line {message['line']}: {message['message']}",
        )
        for page in json.loads(record.read_bytes())
        for message in page["messages"]
    ]
