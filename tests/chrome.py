"""The browser in which pages are tried: a fixture of the tests of generator and report alike."""

import os

import pytest

from vae_report.errors import ReportError
from vae_report.site.chromium import chromium


@pytest.fixture(scope="module")
def browser():
    """An installed Chrome or Chromium, anew for each module, lest a crash reach beyond one."""
    try:
        with chromium() as browser:
            yield browser
    except ReportError as error:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(str(error))
        pytest.skip(str(error))
