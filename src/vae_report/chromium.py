"""The browser of the machine."""

import os
import shutil

from vae_report.errors import ReportError

_NAMES = ("google-chrome", "chromium", "chromium-browser")


def find_chromium() -> str:
    """Find Chrome or Chromium: what `$CHROME_PATH` names, else the first in the path.

    Raises:
        ReportError: there is none.
    """
    named = os.environ.get("CHROME_PATH")
    found = next(filter(None, map(shutil.which, [named] if named else _NAMES)), None)
    if not found:
        raise ReportError(
            f"no browser ({named or ', '.join(_NAMES)}); install Chromium, or name a program in "
            "$CHROME_PATH."
        )
    return found
