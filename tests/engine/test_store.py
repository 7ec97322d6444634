"""The store under damage, interruption, company, and want of space."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_report.engine.store import Store
from vae_report.errors import ReportError

FILES = {"weights": bytes(range(256)) * 8, "history": b"epoch\n1\n", "empty": b""}


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "runs")


def visible(store):
    """All that is in a store's folder, but for its lock."""
    return sorted(path.name for path in store.root.iterdir() if path.name != ".lock")


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name in FILES}


def test_what_is_put_is_found(store):
    assert store.find("run") is None
    folder = store.put("run", FILES)
    assert store.find("run") == folder
    assert contents(folder) == FILES
    assert visible(store) == ["run"]


def test_a_whole_entry_is_left_as_it_is(store):
    store.put("run", FILES)
    store.put("run", FILES | {"weights": b"others"})
    assert contents(store.find("run")) == FILES


@pytest.mark.parametrize("seal", ["{}", "[]", "null", '{"files": {}, "digest": ""}'])
def test_an_empty_seal_confirms_nothing(store, seal):
    (store.put("run", FILES) / "digests.json").write_text(seal)
    assert store.find("run") is None


def test_what_was_not_put_is_no_file_of_an_entry(store):
    (store.put("run", FILES) / ".DS_Store").touch()
    assert {path.name for path in store.files("run")} == FILES.keys()


def test_pruning_removes_what_was_used_least_recently_until_the_rest_fits(store):
    for age, name in enumerate(("kept", "oldest", "old", "new")):
        folder = store.put(name, {"file": bytes(1000)})
        os.utime(folder, (1000 + age, 1000 + age))
    store.find("oldest")
    size = sum(path.stat().st_size for path in store.root.glob("kept/*"))
    assert store.prune({"kept"}, bound=3 * size) == (1, size)
    assert visible(store) == ["kept", "new", "oldest"], "what was found lately stays"
    assert store.prune({"kept"}) == (2, 2 * size)
    assert visible(store) == ["kept"]


def test_there_is_nothing_to_prune_where_nothing_was_put(store):
    assert store.prune(set()) == (0, 0)


DAMAGES = st.one_of(
    st.tuples(st.just("flip"), st.floats(0, 1, exclude_max=True), st.integers(0, 7)),
    st.tuples(st.just("truncate"), st.floats(0, 1, exclude_max=True)),
    st.tuples(st.just("delete")),
    st.tuples(st.just("extend"), st.binary(min_size=1, max_size=3)),
)


@given(name=st.sampled_from(["weights", "history", "digests.json"]), damage=DAMAGES)
def test_any_damage_is_noticed_and_mended(tmp_path_factory, name, damage):
    store = Store(tmp_path_factory.getbasetemp() / "damaged")
    path = store.put("run", FILES) / name
    before = path.read_bytes()
    match damage:
        case "flip", where, bit:
            after = bytearray(before)
            after[int(where * len(after))] ^= 1 << bit
        case "truncate", where:
            after = before[: int(where * len(before))]
        case "extend", more:
            # White space after the seal says nothing.
            after = before + (more if name != "digests.json" else b"}")
        case _:
            after = None
    path.unlink()
    if after is not None:
        path.write_bytes(after)

    assert store.find("run") is None
    store.put("run", FILES)
    assert contents(store.find("run")) == FILES


def test_what_a_killed_writer_left_is_cleared_by_the_next(store):
    store.put("first", FILES)
    (store.root / ".run.partial").mkdir()
    (store.root / ".run.partial" / "weights").write_bytes(b"half")
    (store.root / ".other.partial").mkdir()
    assert contents(store.put("run", FILES)) == FILES
    assert visible(store) == ["first", "run"]


def test_a_writer_at_work_is_left_alone(store):
    reached, go_on = threading.Event(), threading.Event()

    class SlowFiles(dict):
        def items(self):
            for item in super().items():
                reached.set()
                go_on.wait()
                yield item

    slow = threading.Thread(target=store.put, args=("slow", SlowFiles(FILES)), daemon=True)
    slow.start()
    reached.wait()
    hasty = threading.Thread(target=store.put, args=("hasty", FILES))
    hasty.start()
    hasty.join(0.2)
    assert visible(store) == [".slow.partial"]
    go_on.set()
    slow.join()
    hasty.join()
    assert visible(store) == ["hasty", "slow"]
    assert contents(store.find("slow")) == contents(store.find("hasty")) == FILES


WRITER = """
import itertools, sys
from pathlib import Path
from vae_report.engine.store import Store

store = Store(Path(sys.argv[1]))
for number in itertools.count():
    store.put(f"entry-{number}", {name: name.encode() * 30_000 for name in ("a", "b", "c")})
    print(number, flush=True)
"""


def test_no_moment_of_being_killed_leaves_half_an_entry(store):
    """Two writers of the same entries are killed while they write, again and again."""
    moments = random.Random(0)
    for _ in range(8):
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITER, store.root], stdout=subprocess.PIPE)
            for _ in range(2)
        ]
        for writer in writers:
            writer.stdout.readline()
            time.sleep(moments.uniform(0, 0.02))
            writer.send_signal(signal.SIGKILL)
        for writer in writers:
            writer.communicate()
        entries = [name for name in visible(store) if not name.startswith(".")]
        assert entries
        for name in entries:
            folder = store.find(name)
            assert folder is not None
            assert {path.name: path.stat().st_size for path in folder.iterdir()}.items() >= {
                ("a", 30_000),
                ("b", 30_000),
                ("c", 30_000),
            }
        for name in entries:
            shutil.rmtree(store.root / name)
    store.put("last", FILES)
    assert visible(store) == ["last"]


FILLER = """
import sys
from pathlib import Path
from vae_report.errors import ReportError
from vae_report.engine.store import Store

store = Store(Path(sys.argv[1]) / "runs")
store.put("small", {"weights": bytes(10_000)})
try:
    store.put("large", {"history": b"1", "weights": bytes(1_000_000)})
except ReportError as error:
    print(error)
print(sorted(path.name for path in store.root.iterdir()), store.find("small") is not None)
"""


def test_a_full_disk(tmp_path):
    mount = f"mount -t tmpfs -o size=256k tmpfs {tmp_path}"
    apart = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
    if shutil.which("unshare") is None or subprocess.call([*apart, mount]):
        pytest.skip("no small disk to fill: this machine lets us mount none")
    done = subprocess.run(
        [*apart, f'{mount} && exec "$@"', "sh", sys.executable, "-c", FILLER, tmp_path],
        capture_output=True,
        text=True,
        check=True,
    )
    message, left = done.stdout.splitlines()
    assert message == (
        f"{tmp_path}/runs/large: cannot be written (No space left on device); free some space and "
        "run again: what was finished before is kept."
    )
    assert left == "['.lock', 'small'] True"


def test_a_folder_that_is_none(tmp_path):
    (tmp_path / "runs").write_text("")
    with pytest.raises(ReportError, match=r"runs/run: cannot be written .*; make that folder"):
        Store(tmp_path / "runs").put("run", FILES)
