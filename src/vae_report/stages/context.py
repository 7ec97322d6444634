"""What all stages of one build share."""

import fcntl
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from vae_report.engine.store import Entry, Store
from vae_report.engine.workers import Executor, Job
from vae_report.errors import ReportError
from vae_report.settings import load_settings
from vae_report.training.devices import check_device, choose_device
from vae_report.training.runs import DataPlace

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Options:
    """How to build, as opposed to what: no option changes a number in the report.

    Attributes:
        root: The root of the repository.
        profile: A profile of `report.toml`.
        data: The folder of the data set.
        device: The device to train on, or `auto`.
        jobs: The number of processes at work.
        executor: Either `processes`, or `dask` to train on a Dask cluster.
        scheduler: The address of the cluster; without one, a local cluster is started.
        assets_only: Whether to stop before the pages.
    """

    root: Path
    profile: str
    data: Path
    device: str
    jobs: int
    executor: str = "processes"
    scheduler: str | None = None
    assets_only: bool = False


class Context:
    """The settings of a build, its store, and its executors.

    Args:
        options: The options of this build.
        trainers: The executor that trains the runs, here or elsewhere.
        workers: The executor on this machine for everything else that takes long.
        console: The console for downloads and warnings.

    Attributes:
        held: The locks that are held until the build ends.
        store: The store of everything that was made.
        place: The place of the data set.
        assets: The folder in which what the pages show is published.

    Raises:
        ReportError: Something that `report.toml` or the options name does not exist.
    """

    def __init__(
        self, options: Options, trainers: Executor, workers: Executor, console: Console
    ) -> None:
        check_device(options.device)
        self.options = options
        self.trainers = trainers
        self.workers = workers
        self.console = console
        self.settings = load_settings(options.root / "report.toml", options.profile)
        self.store = Store(options.root / ".cache" / "store")
        self.place = DataPlace(self.settings.data, options.data)
        self.assets = options.root / "docs" / "assets"
        self._commands: set[subprocess.Popen[str]] = set()
        self._stopped = threading.Event()
        self.held = ExitStack()

    def say(self, line: str) -> None:
        """Write one line to the console."""
        self.console.print(line, highlight=False, markup=False, soft_wrap=True)

    def folder(self, entry: Entry) -> Path:
        """Return the folder of an entry in the store, whether it exists yet or not."""
        return self.store.root / entry.key

    def do(self, title: str, function: Callable[..., _Result], *arguments: object) -> _Result:
        """Let another process of this machine do a job, and wait for it."""
        return self.workers.do(Job(title, function, arguments))

    def train(self, title: str, function: Callable[..., _Result], *arguments: object) -> _Result:
        """Let the trainers do a job that counts its epochs, and wait for it."""
        return self.trainers.do(Job(title, function, arguments, counts=True))

    def run(self, command: Sequence[str | Path], environment: Mapping[str, str]) -> tuple[int, str]:
        """Run a command in the root of the repository, and return its exit status and output."""
        with subprocess.Popen(
            command,
            cwd=self.options.root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            self._commands.add(process)
            said, _ = process.communicate()
            self._commands.remove(process)
        return process.returncode, said

    def stop(self) -> None:
        """End all jobs and commands."""
        self._stopped.set()
        self.trainers.stop()
        self.workers.stop()
        for process in self._commands:
            process.kill()

    def publish_alone(self) -> None:
        """Wait until no other build publishes in this repository, and keep others from it.

        Assets and pages of two builds would otherwise be mixed. `held` lets others publish again.

        Raises:
            ReportError: The build is stopped while it waits.
        """
        lock = self.held.enter_context((self.options.root / ".cache" / "publishing.lock").open("w"))
        waits = False
        while True:
            try:
                return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not waits:
                    self.say("Another build publishes here; waiting for its end.")
                waits = True
            if self._stopped.wait(0.2):
                raise ReportError("The build is being ended; run it again: finished runs are kept.")

    @cached_property
    def device(self) -> str:
        """The device that trains and measures, as torch names it."""
        # Chosen by another process, since torch takes long to import, and an interruption during
        # the import could not end this process.
        return self.do("device", choose_device, self.options.device)


@contextmanager
def one_thread() -> Iterator[None]:
    """Leave the other threads to other jobs; their number shows in the last digits of results."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    # Adam's moments of weights that no longer change fade into numbers that are slow to compute.
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(before)
