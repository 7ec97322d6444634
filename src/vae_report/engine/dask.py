"""Jobs on a Dask cluster, which the user provides or which is started on this machine.

A job travels as a function with its arguments and comes back as its result, so machines need not
share a disk. A result must not depend on the worker. So a worker must have one thread, since random
numbers and the number of threads belong to the process, which two jobs would share.
"""

import logging
import pickle
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import count
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import uuid4

from vae_report.engine.workers import Job, Progress, without_interrupts
from vae_report.errors import ReportError

try:
    from distributed import Client, Future, KilledWorker, LocalCluster
    from distributed.client import ClosedClientError
    from distributed.comm.core import CommClosedError
    from distributed.worker import Worker, get_worker
except ImportError as error:
    raise ReportError("Dask is not installed; run: pip install '.[cluster]'") from error

_DEATHS = 3
"""The number of workers killed during a job after which the job is taken for the cause."""

_Result = TypeVar("_Result")

Prepare = Callable[[tuple[Any, ...]], tuple[Any, ...]]
"""A function that a worker calls to adapt the arguments of a job to its machine."""


class ClusterWorkers:
    """Workers of a Dask cluster, as a context manager that cancels unfinished jobs at its end.

    The user's own cluster goes on running at the end, one started here ends. A job whose worker is
    killed is started again on another.

    Args:
        scheduler: The address of the scheduler, such as `tcp://10.0.0.1:8786`; without one, a
            cluster is started that listens only to this machine.
        processes: The number of processes of a cluster started here.
        prepare: An importable function, called on the worker before each job, which raises
            `ReportError` where the worker is unfit.
        progress: A function that a thread calls with a job's name and the number of its finished
            steps, which begins again if a worker is killed.

    Raises:
        ReportError: The scheduler cannot be reached.
    """

    def __init__(
        self, scheduler: str | None, processes: int, prepare: Prepare, progress: Progress
    ) -> None:
        # An error message in one line replaces what Dask logs about a lost connection.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        self._open = ExitStack()
        cluster = scheduler or self._open.enter_context(_local_cluster(processes))
        try:
            self._client = Client(cluster, set_as_default=False)
        except (OSError, ValueError) as error:
            raise ReportError(
                f"No Dask scheduler answers at {scheduler}; start one with `dask scheduler`, "
                "or name none to use this machine."
            ) from error
        self._open.callback(self._client.close)
        self._address = scheduler or "127.0.0.1"
        self._prepare = prepare
        self._priorities = count(0, -1)
        self._topic = f"progress of {self._client.id}"
        self._client.subscribe_topic(self._topic, lambda event: progress(*event[1]))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    @property
    def at_once(self) -> int:
        """The number of threads of all current workers of the cluster."""
        return sum(self._client.nthreads().values())

    def do(self, job: Job[_Result]) -> _Result:
        """Do a job and wait for it; calls of several threads are done in their order.

        Raises:
            ReportError: The job raised it, a worker is unfit to do it, the job kills its workers,
                or the scheduler went away.
        """
        priority = next(self._priorities)
        errand = pickle.dumps(_Errand(job, self._prepare, self._topic))
        deaths = 0
        while True:
            try:
                future: Future[_Result] = self._client.submit(
                    pickle.loads, errand, key=f"{job.name} {uuid4()}", priority=priority
                )
                return future.result()
            except KilledWorker as error:
                # A setting of the scheduler says how many deaths it allows, perhaps none.
                deaths += error.allowed_failures + 1
                if deaths >= _DEATHS:
                    raise ReportError(
                        f"{job.name}: {deaths} workers were killed under it, the last "
                        f"{error.last_worker.address}, perhaps for want of memory; give them more "
                        "and run again: finished runs are kept."
                    ) from error
            except (CancelledError, ClosedClientError, CommClosedError) as error:
                raise ReportError(
                    f"The Dask scheduler at {self._address} went away; start it and run again: "
                    "finished runs are kept."
                ) from error
            except ImportError as error:
                raise ReportError(
                    f"A worker of {self._address} lacks code ({error}); install this version of "
                    "vae_report there with '.[cluster]' and restart it."
                ) from error

    def stop(self) -> None:
        """Cancel the running jobs, and start no others."""
        self._client.close()


def _local_cluster(processes: int) -> LocalCluster:
    with without_interrupts():
        return LocalCluster(
            n_workers=processes,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
            env={"VAE_REPORT_DATA": ""},  # the build has read it, and --data overrides it
        )


@dataclass(frozen=True)
class _Errand:
    """A job on its way to a worker, which does the job by unpickling it.

    It travels as bytes, so that the scheduler does not need this package, and a worker without it
    raises an error; otherwise Dask would lose the connection to that worker.
    """

    job: Job[Any]
    prepare: Prepare
    topic: str

    def __reduce__(self) -> tuple[Callable[..., object], tuple[Job[Any], Prepare, str]]:
        return _do_here, (self.job, self.prepare, self.topic)


def _do_here(job: Job[_Result], prepare: Prepare, topic: str) -> _Result:
    """Do a job on a worker."""
    worker = get_worker()
    try:
        if (threads := worker.state.nthreads) != 1:
            raise ReportError(
                f"it runs {threads} jobs at a time in one process, where they would share torch's "
                f"random numbers; start it with --nthreads 1 --nworkers {threads}."
            )
        prepared = replace(job, arguments=prepare(job.arguments))
        return prepared(_reporter(worker, job.name, topic))
    except ReportError as error:
        raise ReportError(f"Worker {worker.address}: {error}") from error


def _reporter(worker: Worker, name: str, topic: str) -> Callable[[int], None]:
    """Report steps to the build, and end the job once the build no longer wants it."""
    key = worker.get_current_task()

    def report(step: int) -> None:
        task = worker.state.tasks.get(key)
        if task is None or task.state == "cancelled":
            raise CancelledError
        worker.log_event(topic, [name, step])

    return report
