"""Jobs on several processes, and word of how far they are."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from vae_report.errors import ReportError

Progress = Callable[[str, int], None]
"""Told the name of a job and how many of its steps are done."""

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Job(Generic[_Result]):
    """A function with its arguments, called in another process, which writes no files.

    Attributes:
        name: The name under which its progress is told.
        function: An importable function.
        arguments: Its arguments, which travel to the other process as its result travels back.
        counts: Whether it takes one more argument, the last, which it calls with the number of
            steps that are done.
    """

    name: str
    function: Callable[..., _Result]
    arguments: tuple[Any, ...] = ()
    counts: bool = False

    def __call__(self, after_step: Callable[[int], None]) -> _Result:
        """Do the job, here."""
        return self.function(*self.arguments, *([after_step] if self.counts else []))


class Executor(Protocol):
    """Whatever does jobs: nothing else in the code knows where that is."""

    @property
    def at_once(self) -> int:
        """The number of jobs that are being done at a time, if so many are asked for."""

    def do(self, job: Job[_Result]) -> _Result:
        """Do a job and wait for it; several threads may ask at once.

        Raises:
            ReportError: the job raised it, or the process that did it was killed.
        """

    def stop(self) -> None:
        """End the jobs that are being done, and do no others."""


class Workers:
    """Processes of one thread each; used as a context, at whose end they are gone.

    One thread a process wastes less than several: the jobs share nothing.

    Args:
        count: The number of processes.
        progress: Told a job's name and how many of its steps are done, from a thread.
    """

    def __init__(self, count: int, progress: Progress) -> None:
        self.at_once = count
        context = multiprocessing.get_context("spawn")
        # A bare pipe: steps are written to it whole, so it needs no lock, which a worker that is
        # killed would never give back.
        self._steps, self._steps_of_workers = context.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(
            count, mp_context=context, initializer=_start, initargs=(self._steps_of_workers,)
        )
        self._starting = threading.Lock()
        self._listener = threading.Thread(target=self._listen, args=(progress,), daemon=True)

    def __enter__(self) -> Self:
        self._listener.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self.stop()
        self._pool.shutdown(wait=error is None)
        # A process that was ended may have left half a message, behind which none is read.
        if error is None:
            self._steps_of_workers.send(None)
            self._listener.join()

    def do(self, job: Job[_Result]) -> _Result:
        """Do a job and wait for it; several threads may ask at once.

        Raises:
            ReportError: the job raised it, or the process that did it was killed.
        """
        try:
            with self._starting, without_interrupts():
                future = self._pool.submit(_run, job)
            return future.result()
        except (BrokenProcessPool, CancelledError) as error:
            raise ReportError(
                "A worker process was killed, perhaps for want of memory; run again, with --jobs 1 "
                "if it recurs: finished runs are kept."
            ) from error

    def stop(self) -> None:
        """End the jobs that are being done, and the processes."""
        # A process that was just being started would otherwise be missed.
        with self._starting:
            self._pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()

    def _listen(self, progress: Progress) -> None:
        while (step := self._steps.recv()) is not None:
            progress(*step)


@contextmanager
def without_interrupts() -> Iterator[None]:
    """Start processes deaf to Ctrl-C, which reaches the whole group: the parent alone answers it.

    What is blocked here stays blocked in the processes, and is only delayed in the parent.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_steps_of_this_process: Connection


def _start(steps: Connection) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Read by whatever library of mathematics a job imports.
    os.environ["OMP_NUM_THREADS"] = "1"
    global _steps_of_this_process
    _steps_of_this_process = steps


def _end_with_parent() -> None:
    """Die when the parent does, even if it had no time to say so."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _run(job: Job[_Result]) -> _Result:
    return job(lambda step: _steps_of_this_process.send((job.name, step)))
