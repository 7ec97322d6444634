"""Our scripts as the site publishes them."""

import os
from collections.abc import Iterable
from pathlib import Path

from vae_report.errors import ReportError
from vae_report.site.node import run_node


def bundle(root: Path, scripts: Iterable[Path]) -> dict[Path, str]:
    """Make a bundle of each script that no other imports: its code and all that it imports.

    Args:
        root: The repository.
        scripts: The paths of all scripts.

    Returns:
        The minified code of each bundle, by the path of its script.

    Raises:
        ReportError: A script has a mistake, or Node.js or esbuild is missing.
    """
    paths = {Path(os.path.relpath(path, root)).as_posix(): path for path in scripts}
    if not paths:
        return {}
    bundles = {}
    for answer in run_node(root, "bundle.mjs", "esbuild", list(paths)):
        if "error" in answer:
            raise ReportError(f"{answer['error']}; correct the script.")
        bundles[paths[answer["path"]]] = answer["code"]
    return bundles
