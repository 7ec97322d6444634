"""Build the report: find the data, train, measure, draw, and make the site."""

import argparse
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from vae_report.environment import forget_empty
from vae_report.errors import ReportError

ROOT = Path(__file__).resolve().parent.parent
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main() -> int:
    """Parse the command line, build, and return the exit status."""
    forget_empty()
    arguments = vars(_parse())
    try:
        # Here, because an interruption may fall into imports that take a second, and because the
        # worker processes, which import this file, need none of them.
        from rich.console import Console

        from vae_report.stages.build import build, plan
        from vae_report.stages.context import Options

        do = plan if arguments.pop("explain") else build
        do(Options(ROOT, **arguments), Console())
    except ReportError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt as interruption:
        print(
            "Interrupted; finished runs are kept, and the next build goes on from there.",
            file=sys.stderr,
        )
        number: int = next(iter(interruption.args), signal.SIGINT)
        return 128 + number
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Results land in docs/assets, the site in site/, finished runs in .cache/.",
    )
    parser.add_argument(
        "--profile",
        default=os.environ.get("PROFILE", "full"),
        help="a table [profiles.NAME] of report.toml (default: $PROFILE, else full)",
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("VAE_REPORT_DATA", ROOT / "data")),
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
    parser.add_argument(
        "--executor",
        choices=("processes", "dask"),
        default=os.environ.get("EXECUTOR", "processes"),
        help="who trains: processes of this machine, or a Dask cluster (default: $EXECUTOR)",
    )
    parser.add_argument(
        "--scheduler",
        default=os.environ.get("SCHEDULER"),
        help="address of the Dask scheduler (default: $SCHEDULER, else a cluster is started here)",
    )
    parser.add_argument(
        "--assets-only", action="store_true", help="make what the pages show, and not the pages"
    )
    parser.add_argument(
        "--explain", action="store_true", help="say what would be made, and why; make nothing"
    )
    return parser.parse_args()


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive whole number")
    return int(text)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Stop, but once: a second signal must not cut the tidying short."""
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt(number)


if __name__ == "__main__":
    for each in _SIGNALS:
        signal.signal(each, _interrupt)
    # A signal that comes just before the main thread begins to wait is heard only when the wait
    # ends. So it never waits for long.
    signal.signal(signal.SIGALRM, lambda number, frame: None)
    signal.setitimer(signal.ITIMER_REAL, 0.5, 0.5)
    try:
        status = main()
    finally:
        # Before the interpreter takes its handler away, with which the alarm would kill it.
        signal.setitimer(signal.ITIMER_REAL, 0)
    sys.exit(status)
