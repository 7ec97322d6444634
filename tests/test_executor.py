"""Jobs on real processes: their results, their progress, and their deaths."""

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from vae_report.errors import ReportError
from vae_report.executor import Job, Workers

PATIENCE = 60


def echo(text, after_step):
    for step in (1, 2, 3):
        after_step(step)
    return {"text": text.encode()}


def wait_for(path, after_step):
    end = time.monotonic() + PATIENCE
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.01)
    return {"waited": b""}


def fail(message, after_step):
    raise ReportError(message)


def report_and_die(after_step):
    after_step(1)
    os.kill(os.getpid(), signal.SIGKILL)


def count_threads(after_step):
    import torch

    return {"threads": f"{torch.get_num_threads()} {os.environ['OMP_NUM_THREADS']}".encode()}


def silent(name, step):
    pass


@pytest.fixture(scope="module")
def workers():
    with Workers(2) as workers:
        yield workers


def test_results_come_as_they_finish(workers, tmp_path):
    slow = Job("slow", wait_for, (tmp_path / "flag",))
    fast = Job("fast", echo, ("word",))
    results = workers.run([slow, fast], silent)
    assert next(results) == (fast, {"text": b"word"})
    (tmp_path / "flag").touch()
    assert list(results) == [(slow, {"waited": b""})]


def test_every_step_is_told_before_the_results_end(workers):
    told = []
    jobs = [Job(name, echo, (name,)) for name in ("a", "b", "c", "d")]
    done = list(workers.run(jobs, lambda name, step: told.append((name, step))))
    assert {job: files["text"].decode() for job, files in done} == {job: job.name for job in jobs}
    for job in jobs:
        assert [step for name, step in told if name == job.name] == [1, 2, 3]
    assert len(told) == 12


def test_a_process_has_one_thread(workers):
    [(_, files)] = workers.run([Job("threads", count_threads, ())], silent)
    assert files == {"threads": b"1 1"}


def test_nothing_to_do_starts_no_process():
    before = multiprocessing.active_children()
    with Workers(2) as idle:
        assert list(idle.run([], silent)) == []
        assert multiprocessing.active_children() == before


def test_a_jobs_complaint_reaches_the_caller_and_ends_the_others(tmp_path):
    before = set(multiprocessing.active_children())
    jobs = [Job("long", wait_for, (Path("/never"),)), Job("bad", fail, ("the disk is square",))]
    started = time.monotonic()
    with pytest.raises(ReportError, match=r"^the disk is square$"), Workers(2) as workers:
        list(workers.run(jobs, silent))
    gone_by = started + PATIENCE / 2
    while set(multiprocessing.active_children()) - before:
        assert time.monotonic() < gone_by, "a worker outlived the failure"
        time.sleep(0.01)


def test_a_killed_worker_is_one_line():
    told = []
    with pytest.raises(ReportError) as raised, Workers(1) as workers:
        list(workers.run([Job("doomed", report_and_die, ())], lambda *step: told.append(step)))
    message = str(raised.value)
    assert message.startswith("A worker process was killed")
    assert "--jobs 1" in message
    assert "\n" not in message
    assert told == [("doomed", 1)]
