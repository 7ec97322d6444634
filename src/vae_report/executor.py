"""Independent jobs on several processes, and word of how far they are."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

from vae_report.errors import ReportError

Files = dict[str, bytes]
Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Job:
    """A function that turns its arguments into files.

    Attributes:
        name: of the job, as its progress is reported.
        function: importable; its last argument, added here, is called with the steps done so far.
        arguments: the others; they travel to another process.
    """

    name: str
    function: Callable[..., Files]
    arguments: tuple[Any, ...]


class Workers:
    """Processes of one thread each; used as a context, at whose end they are gone.

    One thread a process wastes less than several: the jobs share nothing.

    Args:
        count: of processes.
    """

    def __init__(self, count: int) -> None:
        context = multiprocessing.get_context("spawn")
        # A bare pipe: steps are written to it whole, so it needs no lock, which a worker that is
        # killed would never give back.
        self._progress, self._steps = context.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(
            count, mp_context=context, initializer=_start, initargs=(self._steps,)
        )

    def __enter__(self) -> "Workers":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=error is None, cancel_futures=True)
        if error is not None:
            for process in multiprocessing.active_children():
                process.terminate()

    def run(self, jobs: Sequence[Job], progress: Progress) -> Iterator[tuple[Job, Files]]:
        """Run jobs in their order as processes come free, and yield each as it finishes.

        Args:
            jobs: to be done.
            progress: told a job's name and how many of its steps are done, from a thread.

        Raises:
            ReportError: a job raised it, or a process was killed.
        """
        listener = threading.Thread(target=self._listen, args=(progress,), daemon=True)
        listener.start()
        try:
            with _without_interrupts():
                futures = {
                    self._pool.submit(_run, job.name, job.function, job.arguments): job
                    for job in jobs
                }
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BrokenProcessPool as error:
            raise ReportError(
                "A worker process was killed, perhaps for want of memory; run again, with --jobs 1 "
                "if it recurs: finished runs are kept."
            ) from error
        finally:
            self._steps.send(None)
            listener.join()

    def _listen(self, progress: Progress) -> None:
        while (step := self._progress.recv()) is not None:
            progress(*step)


@contextmanager
def _without_interrupts() -> Iterator[None]:
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
    os.environ["OMP_NUM_THREADS"] = "1"
    import torch

    torch.set_num_threads(1)
    global _steps_of_this_process
    _steps_of_this_process = steps


def _end_with_parent() -> None:
    """Die when the parent does, even if it had no time to say so."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _run(name: str, function: Callable[..., Files], arguments: tuple[Any, ...]) -> Files:
    return function(*arguments, lambda step: _steps_of_this_process.send((name, step)))
