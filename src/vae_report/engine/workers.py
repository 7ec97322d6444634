"""Jobs on several processes, and word of how far they are."""

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
"""Told the name of a job and how many of its steps are done."""

_Result = TypeVar("_Result")

_PATIENCE = 5.0
"""Seconds in which an idle process ends when it is asked to."""


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

    def __call__(self, progress: Callable[[int], None]) -> _Result:
        """Do the job, here."""
        return self.function(*self.arguments, *([progress] if self.counts else []))


class Executor(Protocol):
    """Whatever does jobs: nothing else in the code knows where that is."""

    @property
    def at_once(self) -> int:
        """The number of jobs that are being done at a time, if so many are asked for."""

    def do(self, job: Job[_Result]) -> _Result:
        """Do a job and wait for it; several threads may ask at once.

        Raises:
            ReportError: The job raised it, or the process that did it was killed.
        """

    def stop(self) -> None:
        """End the jobs that are being done, and do no others."""


class _Worker(NamedTuple):
    """A process, and the pipe to it, which no other process holds."""

    process: BaseProcess
    pipe: Connection


class Workers:
    """Processes of one thread each; used as a context, at whose end they are gone.

    One thread a process wastes less than several: the jobs share nothing. Each process has a pipe
    of its own and there is no lock, so one that is killed, at whatever moment, holds up no other.

    Args:
        count: The number of processes.
        progress: Told a job's name and how many of its steps are done, from a thread.
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
        """Do a job and wait for it; several threads may ask at once.

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
        """Kill the processes, whatever they are doing."""
        # A process that was just being started would otherwise be missed.
        with self._starting:
            self._stopped = True
            for worker in self._workers:
                worker.process.kill()
            for worker in self._workers:
                worker.process.join(_PATIENCE)
            self._workers.clear()
        self._idle.put(None)  # For whoever waits for a process.

    def _take(self) -> _Worker:
        """Take an idle process, or start one; wait while all are at work."""
        with self._starting:
            can_start = not self._stopped and len(self._workers) < self.at_once
            if can_start and self._idle.empty():
                return self._start()
        worker = self._idle.get()
        if worker is None:
            self._idle.put(None)  # For the next who waits.
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
    """Start processes deaf to Ctrl-C, which reaches the whole group: the parent alone answers it.

    What is blocked here stays blocked in the processes, and is only delayed in the parent.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Answer(NamedTuple):
    """What a process says of its job: a step, or in the end the result or the exception."""

    value: Any
    final: bool = False
    failed: bool = False


def _work(pipe: Connection) -> None:
    """Do jobs until there are no more, or the parent dies."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Read by whatever library of mathematics a job imports.
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
    """Die when the parent does, even if it had no time to say so."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
