"""Fixtures that several test modules share."""

import pytest
from hypothesis import settings

from small_report import make_report

# How long an example takes says more about the machine than about the code.
settings.register_profile("report", deadline=None)
settings.load_profile("report")


@pytest.fixture
def small_report(tmp_path):
    """A repository whose data set and report are small, and nothing of it built."""
    return make_report(tmp_path / "report")
