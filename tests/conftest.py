"""Fixtures that several test modules share."""

from hypothesis import settings

# How long an example takes says more about the machine than about the code.
settings.register_profile("report", deadline=None)
settings.load_profile("report")
