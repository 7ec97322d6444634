"""The environment variables of the commands."""

import os

VARIABLES = (
    "AGAINST",
    "CHROME_PATH",
    "EXECUTOR",
    "OF",
    "PROFILE",
    "REPORT_PDF",
    "SCHEDULER",
    "SITE_URL",
    "SOURCE_DATE_EPOCH",
    "VAE_REPORT_DATA",
)
"""All environment variables that a command reads."""


def forget_empty() -> None:
    """Unset the empty ones among `VARIABLES`, for this process and those that it starts.

    A workflow that sets a variable in some cases only has to leave it empty in the others.
    """
    for name in VARIABLES:
        if not os.environ.get(name, "unset"):
            del os.environ[name]
