"""Build the report: find the data, train, measure, draw, and make the site."""

import argparse
import os
import signal
import sys
from pathlib import Path

from rich.console import Console

from vae_report.display import Display
from vae_report.errors import ReportError
from vae_report.pipeline import Options, build

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Parse the command line, build, and return the exit status."""
    console = Console()
    try:
        build(_options(), Display(console))
    except ReportError as error:
        Console(stderr=True).print(str(error), highlight=False, markup=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print("Interrupted. Finished runs are kept; the next build goes on from there.")
        return 130
    return 0


def _options() -> Options:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Results land in docs/assets, the site in site/, finished runs in .cache/.",
    )
    parser.add_argument(
        "--profile",
        default=os.environ.get("PROFILE") or "full",
        help="a table [profiles.NAME] of report.toml (default: $PROFILE, else full)",
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("VAE_REPORT_DATA") or ROOT / "data"),
        help="folder of the data set (default: $VAE_REPORT_DATA, else data/)",
    )
    parser.add_argument(
        "--device", default="auto", help="auto (the default), cpu, cuda, cuda:N or mps"
    )
    parser.add_argument(
        "--jobs",
        type=_positive,
        default=os.cpu_count() or 1,
        help="processes at work, one thread each (default: one a core)",
    )
    arguments = parser.parse_args()
    return Options(ROOT, arguments.profile, arguments.data, arguments.device, arguments.jobs)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
