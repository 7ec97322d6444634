"""The whole audit of a site of one page, for which Lighthouse itself runs."""

import json
import subprocess
import sys

import pytest
from rich.console import Console
from tiny_site import REPOSITORY

from vae_report.audit.suite import audit
from vae_report.errors import ReportError

AUDIT = (
    "import sys; from pathlib import Path; from rich.console import Console;"
    "from vae_report.audit.suite import audit;"
    "sys.exit(not audit(Path(sys.argv[1]), Console(width=120)))"
)


@pytest.mark.usefixtures("browser")
def test_faults_are_counted_named_and_kept(make_site, tmp_path):
    make_site('<a href="gone/">gone</a><p style="color: #eee">quiet</p>')
    for name in ("node_modules", "scripts"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    process = subprocess.run(
        [sys.executable, "-c", AUDIT, tmp_path], capture_output=True, text=True, check=False
    )
    assert process.returncode == 1, process.stderr
    lines = process.stdout.splitlines()
    (row,) = [line.split()[1:] for line in lines if line.startswith("/ ")]
    speed, *found = [int(cell) for cell in row if cell.isdecimal()]
    accessibility, practices, seo, axe, width, loading, html, links = found
    assert speed > 0
    assert accessibility < 100
    assert (practices, seo) == (100, 100)
    assert (axe, width, loading, html, links) == (1, 0, 0, 0, 1)
    assert "/: links: missing-file: gone/" in lines
    for check in ("axe", "accessibility"):
        assert any(line.startswith(f"/: {check}: color-contrast: <p style=") for line in lines)
    record = tmp_path / ".cache" / "audit"
    violations = json.loads((record / "violations.json").read_text(encoding="utf-8"))["violations"]
    assert {violation["check"] for violation in violations} == {"links", "axe", "accessibility"}
    assert (record / "lighthouse" / "index.json").is_file()
    assert (record / "screenshots" / "index.dark.360.png").is_file()


def test_missing_site_is_named_in_one_line(tmp_path):
    with pytest.raises(ReportError, match=r"there is no site to audit; run `make site`\.$"):
        audit(tmp_path, Console())
