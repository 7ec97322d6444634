"""The machine's own browser."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vae_report.errors import ReportError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_NAMES = ("google-chrome", "chromium", "chromium-browser")

FLAGS = ("--no-sandbox", "--disable-dev-shm-usage")
"""For root, who may not use the sandbox, and for containers, whose shared memory is small."""


def find_chromium() -> str:
    """Find Chrome or Chromium: the program in `$CHROME_PATH`, else the first one in the path.

    Raises:
        ReportError: There is no browser.
    """
    named = os.environ.get("CHROME_PATH")
    found = next(filter(None, map(shutil.which, [named] if named else _NAMES)), None)
    if not found:
        raise ReportError(
            f"no browser ({named or ', '.join(_NAMES)}); install Chromium, or name a program in "
            "$CHROME_PATH."
        )
    return found


@contextmanager
def chromium() -> Iterator["Browser"]:
    """Run the browser for as long as the context lasts.

    Raises:
        ReportError: The browser is missing or does not start.
    """
    program = find_chromium()
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        except Error as error:
            raise ReportError(
                f"{program} does not start: {error.message.splitlines()[0]}; name another browser "
                "in $CHROME_PATH."
            ) from error
        yield browser
        browser.close()
