"""Compare the report that was built here with one that was published."""

import argparse
import os
import sys
from pathlib import Path

from vae_report.errors import ReportError

ROOT = Path(__file__).resolve().parent.parent
_RESULT = ROOT / ".cache" / "verify"


def main() -> int:
    """Parse the command line, compare, and return the exit status."""
    arguments = _parse()
    try:
        # Here, because an interruption may fall into imports that take a second.
        from rich.console import Console

        from vae_report.verify.comparison import Verification, verify
        from vae_report.verify.published import read
        from vae_report.verify.showing import keep, show, summarise

        found: Verification | ReportError
        try:
            if not arguments.against:
                raise ReportError(
                    "no report to compare with; name one: make verify AGAINST=https://…/, or the "
                    "folder of another site."
                )
            here = read(arguments.of, "build it with `make site`, or name another with --of")
            published = read(arguments.against, "name the address or folder of a report's site")
            found = verify(here, published)
        except ReportError as reason:
            found = reason
        if arguments.summary:
            summarise(found, arguments.summary)
        if isinstance(found, ReportError):
            raise found
        show(found, Console())
        keep(found, _RESULT)
        print(f"In full: {_RESULT / 'verify.html'}, and verify.json beside it.")
    except ReportError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    return 0 if found.agrees else 1


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Exit status: 0 if the reports agree, 1 if not, 2 if they cannot be compared.",
    )
    parser.add_argument(
        "against",
        nargs="?",
        default=os.environ.get("AGAINST"),
        help="address or folder of the published site (default: $AGAINST)",
    )
    parser.add_argument(
        "--of",
        default=os.environ.get("OF") or str(ROOT / "site"),
        help="address or folder of the site to verify (default: $OF, else site/)",
    )
    parser.add_argument(
        "--summary", type=Path, help="append the tables to this file, as Markdown for GitHub"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
