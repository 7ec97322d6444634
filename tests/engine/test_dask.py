import gzip
import json
import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pandas as pd
import pytest

from small_report import IN_FORCE, REPORT, run_settings, write_shapes
from vae_report.data import load_dataset
from vae_report.engine.workers import Job
from vae_report.errors import ReportError
from vae_report.settings import Sources, load_settings
from vae_report.stages.training import train_runs
from vae_report.training.runs import DataPlace, RunSpec, load_once

dask = pytest.importorskip("dask", reason="Dask, the extra 'cluster', is not installed")
pytest.importorskip("distributed", reason="Dask, the extra 'cluster', is not installed")

from vae_report.stages.cluster import cluster_workers  # noqa: E402

TESTS = Path(__file__).parents[1]
IMPORTED = (IN_FORCE / "src", TESTS.parent / "src", TESTS, Path(__file__).parent)
PATIENCE = 60
PACKAGE = TESTS.parent / "src" / "vae_report"


class Scheduler:
    """A Dask scheduler, for which one worker killed under a task is already one too many."""

    def __init__(self, folder, path=()):
        self.folder = folder
        self.workers = []
        file = folder / "scheduler.json"
        self.process = self._start(
            "scheduler",
            path,
            *("--port", "0", "--scheduler-file", file),
            DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0",
        )
        # It is there before it is written.
        while not file.exists() or not file.read_text().endswith("}"):
            assert self.process.poll() is None
            time.sleep(0.05)
        self.address = json.loads(file.read_text())["address"]

    def add_worker(self, threads=1, path=(), **environment):
        """Start a worker that can import this module, and give its home."""
        home = self.folder / f"home-{uuid4()}"
        home.mkdir()
        self.workers.append(
            self._start(
                "worker",
                path,
                *(self.address, "--nthreads", str(threads)),
                *("--no-nanny", "--local-directory", home),
                **{"HOME": str(home)} | environment,
            )
        )
        return home

    def _start(self, kind, path, *options, **environment):
        module = f"distributed.cli.dask_{kind}"
        loopback = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0", "--no-dashboard")
        inherited = {name: text for name, text in os.environ.items() if name != "VAE_REPORT_DATA"}
        return subprocess.Popen(
            [sys.executable, "-m", module, *loopback, *options],
            cwd=self.folder,
            env=inherited | environment | {"PYTHONPATH": ":".join(map(str, [*path, *IMPORTED]))},
            stderr=subprocess.DEVNULL,
        )

    def end_workers(self):
        for worker in self.workers:
            worker.kill()
            worker.wait()
        self.workers.clear()

    def close(self):
        self.end_workers()
        self.process.kill()
        self.process.wait()


@contextmanager
def served(folder):
    """Serve a folder on loopback; give its address and a list of the requests that come."""
    requests = []

    class Handler(SimpleHTTPRequestHandler):
        def log_request(self, *_):
            requests.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", requests
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    with closing(Scheduler(tmp_path_factory.mktemp("scheduler"))) as scheduler:
        yield scheduler


@pytest.fixture
def scheduler(started):
    yield started
    started.end_workers()


@pytest.fixture
def data(tmp_path):
    (tmp_path / "report.toml").write_text(REPORT)
    return load_settings(tmp_path / "report.toml").data


@pytest.fixture
def without_package(tmp_path):
    """A path on which `vae_report` is an empty module."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "vae_report.py").touch()
    return tmp_path / "empty"


def do_all(workers, *jobs):
    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(workers.do, jobs))


def silent(name, step):
    pass


def greet(progress):
    progress(1)
    return "hello"


def go_on_for_ever(progress):
    while True:
        time.sleep(0.05)
        progress(1)


def kill_the_worker():
    os.kill(os.getpid(), signal.SIGKILL)


def load_data(place):
    return load_once(place).digest, place.folder


GREETING = Job("greeting", greet, counts=True)
ENDLESS = Job("endless", go_on_for_ever, counts=True)


def without_seconds(entries):
    [files] = entries.values()
    history = pd.read_csv(BytesIO(files["history.csv"])).drop(columns="seconds")
    return files | {"history.csv": history.to_csv()}


def test_a_cluster_knows_how_many_jobs_it_does_at_a_time(scheduler):
    with cluster_workers(scheduler.address, 1, silent) as workers:
        assert workers.at_once == 0
        for _ in range(2):
            scheduler.add_worker()
        end = time.monotonic() + PATIENCE
        while workers.at_once != 2:
            assert time.monotonic() < end
            time.sleep(0.05)
        scheduler.end_workers()


def test_a_worker_killed_in_a_run_costs_that_run_alone(scheduler, data, tmp_path):
    for name in ("one", "other"):
        write_shapes(tmp_path / name)
        scheduler.add_worker(VAE_REPORT_DATA=str(tmp_path / name))
    digest = load_dataset(data, tmp_path / "one").digest
    specs = [RunSpec(run_settings(seed=seed, epochs=200), digest, 0.2, 0, "") for seed in range(3)]
    nowhere = DataPlace(data, tmp_path / "nowhere")
    jobs = [
        Job(spec.key, train_runs, ("run", (spec,), nowhere, "cpu"), counts=True) for spec in specs
    ]
    steps = {job.name: [] for job in jobs}

    def kill_one_while_both_are_at_work(name, step):
        steps[name].append(step)
        if sum(map(bool, steps.values())) == 2:
            scheduler.workers[0].kill()

    with cluster_workers(scheduler.address, 1, kill_one_while_both_are_at_work) as workers:
        results = do_all(workers, *jobs)

    assert sorted(numbers.count(1) for numbers in steps.values()) == [1, 1, 2]
    for spec, result in zip(specs, results, strict=True):
        here = train_runs(
            "run", (spec,), DataPlace(data, tmp_path / "one"), "cpu", lambda step: None
        )
        assert without_seconds(result) == without_seconds(here)


def test_a_job_that_kills_its_workers_is_given_up(scheduler):
    for _ in range(3):
        scheduler.add_worker()
    with (
        cluster_workers(scheduler.address, 1, silent) as workers,
        pytest.raises(ReportError, match=r"^bad: 3 workers were killed under it, .*memory"),
    ):
        workers.do(Job("bad", kill_the_worker))


def test_workers_without_data_fetch_it_once_a_folder(scheduler, data, tmp_path):
    write_shapes(tmp_path / "published")
    for file in (tmp_path / "published").iterdir():
        file.with_suffix(".gz").write_bytes(gzip.compress(file.read_bytes()))
    home = scheduler.add_worker()
    scheduler.add_worker(HOME=str(home))
    with (
        served(tmp_path / "published") as (address, requests),
        cluster_workers(scheduler.address, 1, silent) as workers,
    ):
        settings = data.model_copy(update={"sources": Sources(downloads=(address,))})
        load = Job("load", load_data, (DataPlace(settings, tmp_path / "nowhere"),))
        one, other = do_all(workers, load, load)

    assert one == other
    assert one[1] == home / ".cache" / "vae-report"
    assert len(requests) == 4


def test_stopping_gives_the_workers_back(scheduler):
    scheduler.add_worker()
    begun = threading.Event()
    with (
        ThreadPoolExecutor(1) as threads,
        cluster_workers(scheduler.address, 1, lambda name, step: begun.set()) as workers,
    ):
        unfinished = threads.submit(workers.do, ENDLESS)
        assert begun.wait(PATIENCE)
        workers.stop()
        assert isinstance(unfinished.exception(PATIENCE), ReportError)

    with cluster_workers(scheduler.address, 1, silent) as workers:
        assert workers.do(GREETING) == "hello"


def test_a_worker_of_other_code_is_refused(scheduler, tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "vae_report")
    with (tmp_path / "vae_report" / "models" / "autoencoders.py").open("a") as file:
        file.write("PIXELS += 0\n")
    scheduler.add_worker(path=[tmp_path])
    with (
        cluster_workers(scheduler.address, 1, silent) as workers,
        pytest.raises(ReportError, match=r"^Worker tcp:.* another version .*install the same"),
    ):
        workers.do(GREETING)


def test_a_worker_without_the_code_is_refused(scheduler, without_package):
    scheduler.add_worker(path=[without_package])
    with (
        cluster_workers(scheduler.address, 1, silent) as workers,
        pytest.raises(ReportError, match=r"lacks code \(.*vae_report.*\); install"),
    ):
        workers.do(GREETING)


def test_a_worker_of_several_threads_is_refused(scheduler):
    scheduler.add_worker(threads=2)
    with (
        cluster_workers(scheduler.address, 1, silent) as workers,
        pytest.raises(ReportError, match=r"2 jobs at a time.*--nthreads 1 --nworkers 2"),
    ):
        workers.do(GREETING)


def test_a_scheduler_that_goes_away_is_named(tmp_path, without_package):
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "3s"}),
        closing(Scheduler(tmp_path, path=[without_package])) as scheduler,
        cluster_workers(scheduler.address, 1, lambda *_: scheduler.process.kill()) as workers,
    ):
        scheduler.add_worker()
        for _ in range(2):  # while it goes, and when it is gone
            with pytest.raises(ReportError, match=rf"{scheduler.address} went away.*run again"):
                workers.do(ENDLESS)


def test_a_scheduler_that_is_not_there_is_named():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{unused.getsockname()[1]}"
        with (
            dask.config.set({"distributed.comm.timeouts.connect": "0.5s"}),
            pytest.raises(ReportError, match=f"No Dask scheduler answers at {address}"),
        ):
            cluster_workers(address, 1, silent)


def test_without_a_scheduler_a_cluster_is_started_on_this_machine(data, tmp_path, monkeypatch):
    write_shapes(tmp_path / "data")
    monkeypatch.setenv("VAE_REPORT_DATA", str(tmp_path / "not what --data says"))
    monkeypatch.setenv("PYTHONPATH", ":".join(map(str, IMPORTED)))
    with cluster_workers(None, 1, silent) as workers:
        _, folder = workers.do(Job("data", load_data, (DataPlace(data, tmp_path / "data"),)))
    assert folder == tmp_path / "data"
    assert not multiprocessing.active_children()


def test_without_dask_it_says_how_to_install_it():
    command = "import sys; sys.modules['distributed'] = None; import vae_report.stages.cluster"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True)
    assert "ReportError: Dask is not installed; run: pip install '.[cluster]'" in done.stderr
