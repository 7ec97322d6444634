"""Downloads from loopback servers that do what servers on bad days do."""

import gzip
import io
import math
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from made_up import IDX_NAMES, digests, idx_contents, settings, write
from rich.console import Console

from vae_report.data import download, load_dataset
from vae_report.errors import ReportError
from vae_report.settings import Sources

IMAGES = f"{IDX_NAMES[0]}.gz"


class Host(ThreadingHTTPServer):
    """A server of the made-up data set, and its faults.

    Attributes:
        cut_after: it closes the connection after so many bytes of content,
        cuts: so many times.
        resumes: it honours `Range`.
        silent: it takes requests and never answers.
        files: by name, what it serves.
        requests: (file name, first byte asked for) of each request so far.
        sent: bytes of content of each file sent so far.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.cut_after: int | None = None
        self.cuts = math.inf
        self.resumes = True
        self.silent = False
        self.files = {
            f"{name}.gz": gzip.compress(content, 1) for name, content in idx_contents().items()
        }
        self.requests: list[tuple[str, int]] = []
        self.sent = dict.fromkeys(self.files, 0)
        self.closing = threading.Event()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/some/folder/"


class Handler(BaseHTTPRequestHandler):
    server: Host

    def do_GET(self):
        name = self.path.removeprefix("/some/folder/")
        start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        self.server.requests.append((name, start))
        if self.server.silent:
            self.server.closing.wait()
            return
        if name not in self.server.files:
            self.send_error(404)
            return
        content = self.server.files[name]
        if not self.server.resumes:
            start = 0
        elif start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if self.server.resumes else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        block = content[start:]
        if self.server.cuts > 0:
            self.server.cuts -= 1
            block = block[: self.server.cut_after]
        self.wfile.write(block)
        self.server.sent[name] += len(block)

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture
def hosts(monkeypatch) -> Iterator[tuple[Host, Host]]:
    monkeypatch.setattr(download, "_PAUSE", 0.01)
    monkeypatch.setattr(download, "_TIMEOUT", 0.5)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    servers = Host(), Host()
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield servers
    for server in servers:
        server.closing.set()
        server.shutdown()
        server.server_close()


def load(folder, *hosts, console=None):
    addresses = tuple(host.address for host in hosts)
    return load_dataset(
        settings(sources=Sources(downloads=addresses), sha256=digests()), folder, console
    )


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def expected_digest(tmp_path):
    write(tmp_path / "expected", "idx")
    return load_dataset(settings(), tmp_path / "expected").digest


def test_what_was_downloaded_is_kept_and_used_again(tmp_path, hosts):
    host, _ = hosts
    folder = tmp_path / "data"
    first = load(folder, host)
    assert first.source == f"{host.address} (IDX, gzipped)"
    assert first.verified
    assert first.digest == expected_digest(tmp_path)
    assert names(folder) == sorted(host.files)
    requests = len(host.requests)
    assert load(folder, host).source == "data/ (IDX, gzipped)"
    assert len(host.requests) == requests == 4


def test_only_what_is_missing_is_downloaded(tmp_path, hosts):
    host, _ = hosts
    write(tmp_path, "idx")
    (tmp_path / IDX_NAMES[1]).unlink()
    load(tmp_path, host)
    assert host.requests == [(f"{IDX_NAMES[1]}.gz", 0)]


def test_a_download_that_breaks_off_is_resumed(tmp_path, hosts):
    host, _ = hosts
    host.cut_after = 5_000
    load(tmp_path, host)
    assert host.requests[:3] == [(IMAGES, 0), (IMAGES, 5_000), (IMAGES, 10_000)]
    assert host.sent == {name: len(content) for name, content in host.files.items()}


def test_a_download_of_an_earlier_build_is_resumed(tmp_path, hosts):
    host, _ = hosts
    host.resumes, host.cut_after = False, 4_000
    with pytest.raises(ReportError, match="the connection closed after 4000 of"):
        load(tmp_path, host)
    host.resumes, host.cut_after = True, None
    host.requests.clear()
    load(tmp_path, host)
    assert host.requests[0] == (IMAGES, 4_000)
    assert names(tmp_path) == sorted(host.files)


def test_a_whole_download_that_was_not_renamed_is_not_repeated(tmp_path, hosts):
    host, _ = hosts
    host.resumes, host.cut_after = False, 4_000
    with pytest.raises(ReportError):
        load(tmp_path, host)
    (part,) = tmp_path.glob(".*.part")
    part.write_bytes(host.files[IMAGES])
    host.resumes, host.cut_after = True, None
    sent = host.sent[IMAGES]
    load(tmp_path, host)
    assert host.sent[IMAGES] == sent


def test_a_server_that_cannot_resume_is_asked_again(tmp_path, hosts):
    host, _ = hosts
    host.resumes, host.cut_after, host.cuts = False, 5_000, 1
    load(tmp_path, host)
    assert host.requests[:2] == [(IMAGES, 0), (IMAGES, 5_000)]
    assert host.sent[IMAGES] == 5_000 + len(host.files[IMAGES])


def test_a_stale_part_is_discarded(tmp_path, hosts):
    host, _ = hosts
    host.resumes, host.cut_after = False, 5_000
    with pytest.raises(ReportError):
        load(tmp_path, host)
    (part,) = tmp_path.glob(".*.part")
    part.write_bytes(b"?" * 6_000)
    host.resumes, host.cut_after = True, None
    assert load(tmp_path, host).verified


def corrupt(host):
    host.files[IMAGES] = host.files[IMAGES][:1_000] + b"?" * 30_000


def truncate(host):
    host.files[IMAGES] = host.files[IMAGES][:-9]


def other_images(host):
    content = bytearray(gzip.decompress(host.files[IMAGES]))
    content[-1] ^= 1
    host.files[IMAGES] = gzip.compress(content, 1)


def lose(host):
    del host.files[IMAGES]


def break_off(host):
    host.resumes, host.cut_after = False, 5_000


def silence(host):
    host.silent = True


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (corrupt, "truncated or corrupt gzip"),
        (truncate, "truncated or corrupt gzip"),
        (other_images, "its SHA-256 is"),
        (lose, "404"),
        (break_off, "the connection closed after 5000 of"),
        (silence, "timed out"),
    ],
)
def test_a_bad_server_is_passed_over(tmp_path, hosts, fault, reason):
    bad, good = hosts
    fault(bad)
    with pytest.raises(ReportError) as raised:
        load(tmp_path / "alone", bad)
    message = str(raised.value)
    assert "\n" not in message
    assert f"{bad.address}: {IMAGES}: " in message
    assert reason in message
    assert all(name.startswith(".") for name in names(tmp_path / "alone"))

    dataset = load(tmp_path / "data", bad, good)
    assert dataset.source == f"{good.address} (IDX, gzipped)"
    assert names(tmp_path / "data") == sorted(good.files)


def test_a_server_that_is_gone_costs_one_attempt(tmp_path, hosts):
    gone, good = hosts
    gone.shutdown()
    gone.server_close()
    started = time.monotonic()
    assert load(tmp_path, gone, good).verified
    assert time.monotonic() - started < 5


def test_a_folder_that_cannot_be_written_is_a_reason_too(tmp_path, hosts):
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match=r"Not a directory|File exists"):
        load(tmp_path / "file" / "data", hosts[0])


@pytest.mark.parametrize("terminal", [False, True])
def test_progress_is_shown_on_a_terminal_and_a_line_a_file_elsewhere(tmp_path, hosts, terminal):
    host, _ = hosts
    shown = io.StringIO()
    load(tmp_path, host, console=Console(file=shown, force_terminal=terminal, width=60))
    text = shown.getvalue()
    for name in host.files:
        assert f"Downloading {host.address}{name}\n" in text
    assert ("\x1b" in text) == terminal
    assert text.count("\n") == 5 or terminal
