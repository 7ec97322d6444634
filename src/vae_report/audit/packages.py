"""The tools that `package.json` pins."""

from pathlib import Path

from vae_report.errors import ReportError


def npm_package(root: Path, name: str) -> Path:
    """Find the folder of an installed package.

    Raises:
        ReportError: The package is not installed.
    """
    folder = root / "node_modules" / name
    if not folder.is_dir():
        raise ReportError(
            f"{folder}: {name} is not installed; run `make audit`, which installs it."
        )
    return folder
