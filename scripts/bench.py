"""Measure speed and memory on this machine, for the page `performance` of the report."""

import argparse
import os
import sys
from pathlib import Path

from vae_report.environment import forget_empty
from vae_report.errors import ReportError

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Parse the command line, measure, and return the exit status."""
    # Here, because the processes that measure import this file and need none of it.
    from rich.console import Console

    from vae_report.benchmarks.setting import Setting
    from vae_report.benchmarks.suite import SECTIONS, publish, run

    forget_empty()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="few repetitions of small tasks, to see that it runs"
    )
    parser.add_argument(
        "--only",
        choices=SECTIONS,
        action="append",
        help="measure this part alone and show it, writing nothing; may be repeated",
    )
    arguments = parser.parse_args()
    data = Path(os.environ.get("VAE_REPORT_DATA", ROOT / "data"))
    setting = Setting(ROOT, data, arguments.quick)
    try:
        benchmark = run(setting, arguments.only or SECTIONS, Console())
        if not arguments.only:
            publish(benchmark, setting)
    except ReportError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; nothing was written.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
