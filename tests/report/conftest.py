"""Surroundings of the tests of this report."""

from chrome import browser  # noqa: F401
from small_report import lead_to_report_in_force

lead_to_report_in_force()
