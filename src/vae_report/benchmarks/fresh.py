"""Work in a process of its own, and the memory that it took."""

import multiprocessing
import resource
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import ParamSpec, TypeVar

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

# The unit of `getrusage`.
_BYTES = 1 if sys.platform == "darwin" else 1024


def in_fresh_process(
    function: Callable[_Arguments, _Result],
    /,
    *args: _Arguments.args,
    **kwargs: _Arguments.kwargs,
) -> _Result:
    """Call an importable function in a process started for it."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(function, *args, **kwargs).result()


def peak_memory() -> float:
    """Return the largest size that this process has had, in MiB.

    A process inherits the size of the one that started it, so only a process that has stayed small
    may start one that is to be measured.
    """
    return mebibytes(resource.getrusage(resource.RUSAGE_SELF))


def mebibytes(usage: resource.struct_rusage) -> float:
    """Return the largest size that the system has noted, in MiB."""
    return usage.ru_maxrss * _BYTES / 2**20
