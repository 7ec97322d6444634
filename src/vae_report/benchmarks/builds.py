"""The time of a whole build: from nothing, with nothing to do, and after a small change."""

import os
import shutil
import subprocess
import sys
import time
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from vae_report.benchmarks.fresh import mebibytes
from vae_report.benchmarks.record import Findings, Summary, take_turns
from vae_report.benchmarks.setting import Setting
from vae_report.errors import ReportError
from vae_report.registry import CODE, PACKAGES, found

COLD = "from nothing"
UNCHANGED = "nothing changed"
FIGURE_CHANGED = "one figure function changed"
PAGES = "mkdocs build alone"

_SOURCES = "mkdocs.yml", "report.toml", "package.json", "package-lock.json"


def measure(setting: Setting) -> Findings:
    """Build the quick profile in a copy of the repository that has a cache of its own."""
    with TemporaryDirectory() as folder:
        copy = _Copy(setting, Path(folder) / "report")
        taken = take_turns({COLD: lambda: copy.build(COLD)}, 1)
        taken |= take_turns(
            {
                PAGES: copy.make_pages,
                UNCHANGED: lambda: copy.build(UNCHANGED),
                FIGURE_CHANGED: copy.build_with_new_figure,
            },
            setting.choose(3, 1),
        )
    more = [build - pages for build, pages in zip(taken[UNCHANGED], taken[PAGES], strict=True)]
    return Findings(
        {
            "build of the quick profile": {
                **{name: Summary.of(seconds, "s") for name, seconds in taken.items()},
                "nothing changed, longer than mkdocs alone": Summary.of(more, "s"),
            },
            "largest process of a build": {
                name: Summary.of(peaks, "MiB") for name, peaks in copy.peaks.items()
            },
        }
    )


class _Copy:
    """A copy of the repository, the package included, to build in."""

    def __init__(self, setting: Setting, root: Path) -> None:
        self.root = root
        self.data = setting.data.resolve()
        self.peaks: dict[str, list[float]] = {}
        self._revisions = count()
        without_results = shutil.ignore_patterns("assets", "__pycache__")
        shutil.copytree(setting.root / "docs", root / "docs", ignore=without_results)
        shutil.copytree(setting.root / "scripts", root / "scripts")
        for package, source in PACKAGES.items():
            shutil.copytree(source, root / "src" / package, ignore=without_results)
        for name in _SOURCES:
            shutil.copy(setting.root / name, root)
        for name in ("assets", "node_modules"):
            (root / name).symlink_to((setting.root / name).resolve())
        figure, *_ = found("figure", "figures").values()
        path, line = CODE.place_of(figure)
        self._figures = root / "src" / path
        self._lines = self._figures.read_text(encoding="utf-8").splitlines(keepends=True)
        # The body begins below the line of the definition that ends with a colon.
        self._body = next(
            number
            for number, text in enumerate(self._lines, 1)
            if number >= line and text.endswith(":\n")
        )

    def build(self, name: str) -> float:
        """Build the site as `make site` does."""
        options = ["--profile=quick", f"--data={self.data}"]
        return self._run(name, "scripts/build.py", *options)

    def build_with_new_figure(self) -> float:
        """Build after a change to a figure's function, a different one each time."""
        lines = self._lines.copy()
        lines.insert(self._body, f"    revision = {next(self._revisions)}\n")
        self._figures.write_text("".join(lines), encoding="utf-8")
        return self.build(FIGURE_CHANGED)

    def make_pages(self) -> float:
        """Make the pages, the last step of `make site`."""
        return self._run(PAGES, "-m", "mkdocs", "build", "--strict", "--quiet")

    def _run(self, name: str, *arguments: str) -> float:
        log = self.root.with_suffix(".log")
        environment = os.environ | {
            "PYTHONPATH": str(self.root / "src"),
            "NO_MKDOCS_2_WARNING": "1",
        }
        started = time.perf_counter()
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=self.root,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            last = log.read_text(encoding="utf-8").strip().rpartition("\n")[2]
            raise ReportError(f"The build '{name}' that was to be timed failed: {last}")
        self.peaks.setdefault(name, []).append(mebibytes(usage))
        return seconds
