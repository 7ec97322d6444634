"""Variables of the environment."""

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
"""All that a command reads."""


def forget_empty() -> None:
    """Unset those of `VARIABLES` that are empty, for this process and all that it starts.

    A workflow has no other way to set a variable in some cases only.
    """
    for name in VARIABLES:
        if not os.environ.get(name, "unset"):
            del os.environ[name]
