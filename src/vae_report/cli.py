"""The command line `vae-report` and its commands, which `scripts/` and the Makefile call.

Modules that take long to import are imported by the commands that need them: an interruption may
come during an import, and the worker processes, which import this module, do not need them.
"""

import argparse
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from vae_report.benchmarks.names import SECTIONS
from vae_report.environment import forget_empty
from vae_report.errors import ReportError

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_ONE_GESTURE = 1.0
"""The seconds within which signals count as one, since some processes pass on a terminal's."""


def main(*arguments: str, root: Path | None = None) -> int:
    """Run a command line.

    Args:
        arguments: The command and its options; without any, those of this process.
        root: The folder of the report; by default the nearest one with a report.toml, from the
            current folder upwards.

    Returns:
        The exit status: 0 for success; 1 for an error that the user can mend, or that a
        verification or audit found; 2 for misuse; 128 plus the signal's number if interrupted.
    """
    for each in _SIGNALS:
        signal.signal(each, _interrupt)
    # A signal that comes just before the main thread begins to wait is handled only when the wait
    # ends, so an alarm keeps waits short.
    signal.signal(signal.SIGALRM, lambda number, frame: None)
    signal.setitimer(signal.ITIMER_REAL, 0.5, 0.5)
    try:
        return _run(arguments or sys.argv[1:], root)
    finally:
        # Otherwise the alarm would kill the interpreter once it has removed the handler.
        signal.setitimer(signal.ITIMER_REAL, 0)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Stop and tidy up; a second signal ends that too, safely, since the store is always whole."""
    ends_at_once = time.monotonic() + _ONE_GESTURE

    def end(number: int, frame: FrameType | None) -> None:
        if time.monotonic() > ends_at_once:
            os._exit(128 + number)

    for each in _SIGNALS:
        signal.signal(each, end)
    raise KeyboardInterrupt(number)


def _run(arguments: Sequence[str], root: Path | None) -> int:
    forget_empty()
    options = _parse(arguments)
    try:
        options.root = root or _find_root()
        status: int = options.do(options)
    except ReportError as error:
        print(error, file=sys.stderr)
        return int(options.failed)
    except KeyboardInterrupt as interruption:
        print(f"Interrupted{options.interrupted}.", file=sys.stderr)
        number: int = next(iter(interruption.args), signal.SIGINT)
        return 128 + number
    return status


def _find_root() -> Path:
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "report.toml").is_file():
            return folder
    raise ReportError(
        f"{here}: no report.toml here or in a folder above; change to the folder of a report."
    )


def _build(options: argparse.Namespace) -> int:
    from rich.console import Console

    from vae_report.stages.build import build, plan
    from vae_report.stages.context import Options

    how = Options(
        options.root,
        options.profile,
        _data(options),
        options.device,
        options.jobs,
        options.executor,
        options.scheduler,
        options.assets_only,
    )
    (plan if options.explain else build)(how, Console())
    return 0


def _clean(options: argparse.Namespace) -> int:
    if not options.unused:
        for folder in ("site", "docs/assets", ".cache"):
            shutil.rmtree(options.root / folder, ignore_errors=True)
        return 0
    from rich.console import Console

    from vae_report.stages.build import clean_unused
    from vae_report.stages.context import Options

    clean_unused(Options(options.root, "full", _data(options), "cpu", jobs=1), Console())
    return 0


def _data(options: argparse.Namespace) -> Path:
    folder: Path = options.data or options.root / "data"
    # Absolute, since processes with another current folder read it.
    return folder.expanduser().absolute()


def _explain(options: argparse.Namespace) -> int:
    options.explain = True
    return _build(options)


def _serve(options: argparse.Namespace) -> int:
    _build(options)
    # After a change the server builds again, with the same profile, data and cluster.
    os.environ["PROFILE"] = options.profile
    os.environ["VAE_REPORT_DATA"] = str(_data(options).resolve())
    os.environ["EXECUTOR"] = options.executor
    os.environ["SCHEDULER"] = options.scheduler or ""
    os.chdir(options.root)
    # It replaces this process, since it handles signals itself, but not the alarm.
    signal.setitimer(signal.ITIMER_REAL, 0)
    os.execv(sys.executable, [sys.executable, "-m", "mkdocs", "serve"])


def _verify(options: argparse.Namespace) -> int:
    from rich.console import Console

    from vae_report.verify.comparison import Verification, verify
    from vae_report.verify.published import read
    from vae_report.verify.showing import keep, show, summarise

    found: Verification | ReportError
    try:
        if not options.against:
            raise ReportError(
                "no report to compare with; name one: make verify AGAINST=https://…/, or the "
                "folder of another site."
            )
        own = options.of or str(options.root / "site")
        here = read(own, "build it with `make site`, or name another with --of")
        published = read(options.against, "name the address or folder of a report's site")
        found = verify(here, published)
    except ReportError as reason:
        found = reason
    if options.summary:
        summarise(found, options.summary)
    if isinstance(found, ReportError):
        raise found
    kept = options.root / ".cache" / "verify"
    show(found, Console())
    keep(found, kept)
    print(f"In full: {kept / 'verify.html'}, and verify.json beside it.")
    return 0 if found.agrees else 1


def _audit(options: argparse.Namespace) -> int:
    from rich.console import Console

    from vae_report.audit.suite import audit

    # The table needs more room than the default of rich without a terminal.
    console = Console(width=None if sys.stdout.isatty() else 100)
    return 0 if audit(options.root, console) else 1


def _bench(options: argparse.Namespace) -> int:
    from rich.console import Console

    from vae_report.benchmarks.setting import Setting
    from vae_report.benchmarks.suite import publish, run

    setting = Setting(options.root, _data(options), options.quick)
    benchmark = run(setting, options.only or SECTIONS, Console())
    if not options.only:
        publish(benchmark, setting)
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="vae-report", description="Build a report, look at it, and put it to the test."
    )
    parser.set_defaults(failed=1, interrupted="")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(
        do: Callable[[argparse.Namespace], int], summary: str, *parents: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        name, description = do.__name__.removeprefix("_"), f"{summary[0].upper()}{summary[1:]}."
        added = commands.add_parser(name, help=summary, description=description, parents=parents)
        added.set_defaults(do=do)
        return added

    data = argparse.ArgumentParser(add_help=False)
    data.add_argument(
        "--data",
        type=Path,
        default=os.environ.get("VAE_REPORT_DATA"),
        help="folder of the data set (default: $VAE_REPORT_DATA, else data/)",
    )
    how = _how_to_build()
    build = command(_build, "find the data, train, measure, draw, and make the site", how, data)
    build.epilog = "Results land in docs/assets, the site in site/, finished runs in .cache/."
    build.add_argument(
        "--assets-only", action="store_true", help="make what the pages show, and not the pages"
    )
    build.add_argument(
        "--explain", action="store_true", help="say what would be made, and why; make nothing"
    )
    command(_serve, "build, then show the report live at http://127.0.0.1:8000", how, data)
    command(_explain, "say what a build would make, and why, and make nothing", how, data)
    verify = command(_verify, "compare the report that was built here with one that was published")
    verify.epilog = "Exit status: 0 if the reports agree, 1 if not, 2 if they cannot be compared."
    verify.set_defaults(failed=2)
    verify.add_argument(
        "against",
        nargs="?",
        default=os.environ.get("AGAINST"),
        help="address or folder of the published site (default: $AGAINST)",
    )
    verify.add_argument(
        "--of",
        default=os.environ.get("OF"),
        help="address or folder of the site to verify (default: $OF, else site/)",
    )
    verify.add_argument(
        "--summary", type=Path, help="append the tables to this file, as Markdown for GitHub"
    )
    clean = command(_clean, "remove all that builds made; keep packages and data", data)
    clean.add_argument(
        "--unused", action="store_true", help="only what no profile of the report is made of"
    )
    command(_audit, "hold every page of site/ against its marks")
    bench = command(
        _bench, "measure speed and memory on this machine, for the page Performance", data
    )
    bench.set_defaults(interrupted="; nothing was written")
    bench.add_argument(
        "--quick", action="store_true", help="few repetitions of small tasks, to see that it runs"
    )
    bench.add_argument(
        "--only",
        choices=SECTIONS,
        action="append",
        help="measure this part alone and show it, writing nothing; may be repeated",
    )
    return parser.parse_args(arguments)


def _how_to_build() -> argparse.ArgumentParser:
    how = argparse.ArgumentParser(add_help=False)
    how.set_defaults(
        assets_only=False,
        explain=False,
        interrupted="; finished runs are kept, and the next build goes on from there",
    )
    how.add_argument(
        "--profile",
        default=os.environ.get("PROFILE", "full"),
        help="a table [profiles.NAME] of report.toml (default: $PROFILE, else full)",
    )
    how.add_argument(
        "--device", default="auto", help="auto (the default), cpu, cuda, cuda:N or mps"
    )
    how.add_argument(
        "--jobs",
        type=_positive,
        default=os.cpu_count() or 1,
        help="processes at work, one thread each (default: one a core)",
    )
    how.add_argument(
        "--executor",
        choices=("processes", "dask"),
        default=os.environ.get("EXECUTOR", "processes"),
        help="who trains: processes of this machine, or a Dask cluster (default: $EXECUTOR)",
    )
    how.add_argument(
        "--scheduler",
        default=os.environ.get("SCHEDULER"),
        help="address of the Dask scheduler (default: $SCHEDULER, else a cluster is started here)",
    )
    return how


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive whole number")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
