"""Jobs on real processes: their results, their progress, and their deaths."""

import multiprocessing
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vae_report.engine.workers import Job, Workers
from vae_report.errors import ReportError

PATIENCE = 60


def echo(text, progress):
    for step in (1, 2, 3):
        progress(step)
    return text


def wait_for(path):
    end = time.monotonic() + PATIENCE
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.01)
    return "waited"


def fail(message):
    raise ReportError(message)


def large():
    return bytes(20_000_000)


def send_for_ever(workers):
    while True:
        workers.do(Job("large", large))


def local_function():
    return lambda: None


def divide_by_zero():
    return 1 / 0


def report_and_die(progress):
    progress(1)
    os.kill(os.getpid(), signal.SIGKILL)


def count_threads():
    import torch

    return torch.get_num_threads(), os.environ["OMP_NUM_THREADS"]


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def workers(told):
    with Workers(2, lambda name, step: told.append((name, step))) as workers:
        yield workers


def test_several_threads_have_jobs_done_at_once(workers, tmp_path):
    with ThreadPoolExecutor() as threads:
        slow = threads.submit(workers.do, Job("slow", wait_for, (tmp_path / "flag",)))
        assert workers.do(Job("fast", echo, ("word",), counts=True)) == "word"
        assert not slow.done()
        (tmp_path / "flag").touch()
        assert slow.result() == "waited"


def test_every_step_is_told(workers, told):
    for name in ("a", "b"):
        workers.do(Job(name, echo, (name,), counts=True))
    end = time.monotonic() + PATIENCE
    while [step for name, step in told if name in ("a", "b")] != [1, 2, 3, 1, 2, 3]:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_workers_know_how_many_jobs_they_do_at_a_time(workers):
    assert workers.at_once == 2


def test_a_process_has_one_thread(workers):
    assert workers.do(Job("threads", count_threads)) == (1, "1")


@pytest.mark.parametrize("delay", [0.0, 0.3, 0.6])
def test_processes_that_are_stopped_while_they_send_hold_nobody_up(delay):
    """A pipe holds 64 KiB, so that these spend all their time in the middle of a message."""
    with Workers(2, silent) as workers, ThreadPoolExecutor(6) as threads:
        workers.do(Job("warm", echo, ("up",), counts=True))
        waiting = [threads.submit(send_for_ever, workers) for _ in range(6)]
        time.sleep(delay)
        workers.stop()
        for each in waiting:
            assert isinstance(each.exception(timeout=PATIENCE / 2), ReportError)


def test_what_cannot_travel_is_told_as_a_mistake_of_the_program(workers):
    with pytest.raises(RuntimeError, match="pickle"):
        workers.do(Job("local", local_function))
    assert workers.do(Job("next", echo, ("word",), counts=True)) == "word"


def test_a_mistake_of_a_job_says_where_it_was_made(workers):
    with pytest.raises(ZeroDivisionError) as raised:
        workers.do(Job("division", divide_by_zero))
    assert "in divide_by_zero" in raised.value.__notes__[0]


def test_nothing_to_do_starts_no_process():
    before = multiprocessing.active_children()
    with Workers(2, silent):
        assert multiprocessing.active_children() == before


def test_a_jobs_complaint_reaches_the_caller_and_ends_the_others():
    before = set(multiprocessing.active_children())
    with ThreadPoolExecutor() as threads:

        def both_at_once():
            with Workers(2, silent) as workers:
                futures.append(threads.submit(workers.do, Job("long", wait_for, (Path("/no"),))))
                workers.do(Job("bad", fail, ("the disk is square",)))

        futures = []
        with pytest.raises(ReportError, match=r"^the disk is square$"):
            both_at_once()
        with pytest.raises(ReportError):
            futures[0].result(timeout=PATIENCE / 2)
    gone_by = time.monotonic() + PATIENCE / 2
    while set(multiprocessing.active_children()) - before:
        assert time.monotonic() < gone_by, "a worker outlived the failure"
        time.sleep(0.01)


def test_a_killed_worker_is_one_line():
    told = []
    with (
        pytest.raises(ReportError) as raised,
        Workers(1, lambda *step: told.append(step)) as workers,
    ):
        workers.do(Job("doomed", report_and_die, counts=True))
    message = str(raised.value)
    assert message.startswith("A worker process was killed")
    assert "--jobs 1" in message
    assert "\n" not in message
    assert told == [("doomed", 1)]


def silent(name, step):
    pass
