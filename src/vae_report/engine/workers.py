"""Jobs on several processes, and reports of their progress."""

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Generic, NamedTuple, Protocol, Self, TypeVar

from vae_report.errors import ReportError

Progress = Callable[[str, int], None]
"""A function that is called with the name of a job and the number of its finished steps."""

_Result = TypeVar("_Result")

_PATIENCE = 5.0
"""The seconds that an idle process is given to end."""


@dataclass(frozen=True)
class Job(Generic[_Result]):
    """A function with its arguments, called in another process, which writes no files.

    Attributes:
        name: The name under which its progress is reported.
        function: An importable function.
        arguments: The function's arguments, which travel to the other process.
        counts: Whether the function takes one more argument, the last, which it calls with the
            number of finished steps.
    """

    name: str
    function: Callable[..., _Result]
    arguments: tuple[Any, ...] = ()
    counts: bool = False

    def __call__(self, progress: Callable[[int], None]) -> _Result:
        """Do the job in this process."""
        return self.function(*self.arguments, *([progress] if self.counts else []))


class Executor(Protocol):
    """An executor does jobs; only it knows where."""

    @property
    def at_once(self) -> int:
        """The largest number of jobs that are done at a time."""

    def do(self, job: Job[_Result]) -> _Result:
        """Do a job and wait for it; several threads may call this at once.

        Raises:
            ReportError: The job raised it, or the process that did it was killed.
        """

    def stop(self) -> None:
        """End the running jobs, and start no others."""


class _Worker(NamedTuple):
    """A process, and the pipe to it, which it shares with no other process."""

    process: BaseProcess
    pipe: Connection


class Workers:
    """Processes of one thread each, as a context manager that ends them.

    One thread per process wastes less time than several, since jobs share nothing. Each process has
    its own pipe and there is no lock, so a process that is killed never blocks the others.

    Args:
        count: The number of processes.
        progress: A function that a thread calls with a job's name and its number of finished steps.
    """

    def __init__(self, count: int, progress: Progress) -> None:
        self.at_once = count
        self._progress = progress
        self._starting = threading.Lock()
        self._workers: list[_Worker] = []
        self._idle: SimpleQueue[_Worker | None] = SimpleQueue()
        self._stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            for worker in self._workers:
                with suppress(OSError):
                    worker.pipe.send(None)
            for worker in self._workers:
                worker.process.join(_PATIENCE)
        self.stop()

    def do(self, job: Job[_Result]) -> _Result:
        """Do a job and wait for it; several threads may call this at once.

        Raises:
            ReportError: The job raised it, or the process that did it was killed.
        """
        worker = self._take()
        try:
            worker.pipe.send(job)
            while not (answer := worker.pipe.recv()).final:
                self._progress(job.name, answer.value)
        except (EOFError, OSError) as error:
            raise ReportError(
                "A worker process was killed, perhaps for want of memory; run again, with --jobs 1 "
                "if it recurs: finished runs are kept."
            ) from error
        self._idle.put(worker)
        if answer.failed:
            raise answer.value
        result: _Result = answer.value
        return result

    def stop(self) -> None:
        """Kill the processes at once."""
        # Otherwise a process that is just being started would be missed.
        with self._starting:
            self._stopped = True
            for worker in self._workers:
                worker.process.kill()
            for worker in self._workers:
                worker.process.join(_PATIENCE)
            self._workers.clear()
        self._idle.put(None)  # Wakes the first thread that waits for a process.

    def _take(self) -> _Worker:
        """Take an idle process, or start one, or wait while all are busy."""
        with self._starting:
            can_start = not self._stopped and len(self._workers) < self.at_once
            if can_start and self._idle.empty():
                return self._start()
        worker = self._idle.get()
        if worker is None:
            self._idle.put(None)  # Wakes the next thread.
            raise ReportError("The build is being ended; run it again: finished runs are kept.")
        return worker

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        # Started with the first process, it would let interrupts through to that one.
        resource_tracker.ensure_running()
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs,), daemon=True)
        with without_interrupts():
            process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker


@contextmanager
def without_interrupts() -> Iterator[None]:
    """Start processes that ignore Ctrl-C, which reaches the whole group; the parent handles it.

    The signal stays blocked in the processes, and is only delayed in the parent.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Answer(NamedTuple):
    """A message about a job: a finished step, or finally the result or the exception."""

    value: Any
    final: bool = False
    failed: bool = False


def _work(pipe: Connection) -> None:
    """Do jobs until there are no more, or the parent ends."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Read by any mathematical library that a job imports.
    os.environ["OMP_NUM_THREADS"] = "1"
    with suppress(EOFError, OSError):  # The parent is gone.
        while job := pipe.recv():
            _answer(pipe, job)


def _answer(pipe: Connection, job: Job[Any]) -> None:
    try:
        answer = _Answer(job(lambda step: pipe.send(_Answer(step))), final=True)
    except Exception as error:
        if not isinstance(error, ReportError):
            error.add_note(traceback.format_exc())
        answer = _Answer(error, final=True, failed=True)
    try:
        pipe.send(answer)
    except OSError:
        raise
    except Exception:  # Some results and exceptions cannot travel.
        failure = RuntimeError(traceback.format_exc())
        pipe.send(_Answer(failure, final=True, failed=True))


def _end_with_parent() -> None:
    """End this process when the parent ends, even if it was killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
