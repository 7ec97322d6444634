"""Hold the built site against its marks."""

import sys
from pathlib import Path

from rich.console import Console

from vae_report.audit.suite import audit
from vae_report.environment import forget_empty
from vae_report.errors import ReportError

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Audit, and return the exit status."""
    forget_empty()
    try:
        # The table needs more room than rich takes where no terminal tells it how much there is.
        console = Console(width=None if sys.stdout.isatty() else 100)
        return 0 if audit(ROOT, console) else 1
    except ReportError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
