"""Say whether the packages that a stamp of the Makefile stands for are there, for this checkout.

Names extras of pyproject.toml, or groups of package.json; without any, only asks whether the
package in force is this checkout's, which it is not where .venv was copied or moved with it.
"""

import json
import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Look, complain in one line about what is lacking, and return the exit status."""
    groups = sys.argv[1:]
    if not _in_force():
        print(
            f"{sys.executable} does not run {ROOT / 'src'}: what pip installed went elsewhere; "
            "take `target`, `prefix` and `root` out of `pip config list`.",
            file=sys.stderr,
        )
        return 1
    lacking = [name for group in groups for name in _lacking(group)]
    if lacking:
        print(
            f"Not installed, though the installer found no fault: {', '.join(lacking)}; see "
            "`pip config list` and `npm config list` for what keeps them out.",
            file=sys.stderr,
        )
    return 1 if lacking else 0


def _in_force() -> bool:
    found = find_spec("vae_report")
    return (
        found is not None
        and found.origin is not None
        and Path(found.origin).resolve().parent == ROOT / "src" / "vae_report"
    )


def _lacking(group: str) -> Iterator[str]:
    packages = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    if group in packages:
        for name in packages[group]:
            if not (ROOT / "node_modules" / name / "package.json").is_file():
                yield name
        return
    # Here, because it takes longer than all else, and every `make` asks what is in force.
    from importlib.metadata import PackageNotFoundError, requires, version

    for requirement in requires("vae-report") or ():
        extra = re.search(r"extra == ['\"](.+?)['\"]", requirement)
        name = re.match(r"[\w.-]+", requirement)
        if name and (extra[1] if extra else "required") == group:
            try:
                version(name[0])
            except PackageNotFoundError:
                yield name[0]


if __name__ == "__main__":
    sys.exit(main())
