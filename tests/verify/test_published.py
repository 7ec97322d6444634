"""Reports read from folders and addresses, good and bad."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from reports import site

from vae_report.audit.server import served
from vae_report.errors import ReportError
from vae_report.verify import published
from vae_report.verify.published import BASELINES, FILES, read

REMEDY = "name another"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return site(tmp_path_factory.mktemp("site"))


@pytest.fixture
def answer(monkeypatch):
    """Start a server that answers as a function does, and return its address."""
    monkeypatch.setattr(published, "_TIMEOUT", 0.5)
    servers = []

    def start(respond):
        handler = type("Handler", (_Handler,), {"respond": respond})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/report/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.respond()

    def log_message(self, *_):
        """Keep quiet."""


def send(handler, content, status=200, **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)


def refused(place):
    with pytest.raises(ReportError) as raised:
        read(place, REMEDY)
    words = str(raised.value)
    assert "\n" not in words
    assert words.isprintable()
    return words


def test_the_numbers_of_a_run(made):
    report = read(str(made), REMEDY)
    run = report.runs["ae-2"]
    assert run.settings["kind"] == "ae"
    assert run.diverged == [False] * 3
    assert len(run.replicates) == 3
    assert {"test.bce", "latent_space.knn_accuracy", "per_class.bce.3"} <= run.mean.keys()
    assert "test.negative_elbo" not in run.mean, "an autoencoder has none"
    assert "latent_space.active_units" in report.runs["vae-2"].mean
    for number in report.runs["vae-16"].mean:
        for word in ("interval", "seed", "seconds", "epochs", "parameters", "draws", "dimension"):
            assert word not in number
    assert "classifier.accuracy" in report.runs[BASELINES].mean
    assert list(report.claims) == [
        "samples-blur",
        "codes-cluster",
        "it-levels-off",
        "warm-up-helps",
    ]


@pytest.mark.parametrize("page", ["", "index.html", "?from=here#top"])
def test_an_address_stands_for_its_site(made, page):
    with served(made, under="/report/") as address:
        by_address = read(address + page, REMEDY)
        assert read(address.rstrip("/"), REMEDY).runs == by_address.runs
    assert by_address.runs == read(str(made), REMEDY).runs


def test_redirections_are_followed_within_http(made, answer, tmp_path):
    with served(made) as address:
        moved = answer(
            lambda handler: send(
                handler, b"", 301, Location=address + handler.path.removeprefix("/report/")
            )
        )
        assert read(moved, REMEDY).runs.keys() == read(str(made), REMEDY).runs.keys()
    for target in (made.as_uri(), "ftp://127.0.0.1:1/"):
        astray = answer(lambda handler, to=target: send(handler, b"", 302, Location=to))
        assert refused(astray).startswith(f"{astray}assets/provenance.json: ")


def test_a_place_without_a_report_is_named(tmp_path, answer):
    gone = refused(str(tmp_path / "gone"))
    path = tmp_path / "gone" / "assets" / "provenance.json"
    assert gone == f"{path}: cannot be read (No such file or directory); name another."
    missing = answer(lambda handler: send(handler, b"", 404))
    assert refused(missing) == (
        f"{missing}assets/provenance.json: the server answers 404 Not Found; name another."
    )
    closed = "http://127.0.0.1:9/"
    assert refused(closed).startswith(f"{closed}assets/provenance.json: cannot be reached (")


@pytest.mark.parametrize("place", ["ftp://127.0.0.1/", "file:///tmp/", "https://", "http://[/"])
def test_only_http_is_an_address(place):
    assert refused(place) == f"{place}: no address with http:// or https://; name another."


def test_a_server_that_is_silent_or_never_ends_is_given_up(answer, monkeypatch):
    closing = threading.Event()
    silent = answer(lambda handler: closing.wait(20))
    assert "cannot be reached (timed out)" in refused(silent)

    def drip(handler):
        send(handler, b"{")
        while not closing.wait(0.05):
            handler.wfile.write(b" ")

    monkeypatch.setattr(published, "_DEADLINE", 0.3)
    assert "not there after 0.3 seconds" in refused(answer(drip))
    closing.set()


def test_what_is_larger_than_any_report_is_not_read(answer, made, monkeypatch):
    monkeypatch.setattr(published, "_LARGEST", 1000)
    large = answer(lambda handler: send(handler, b" " * 5000))
    assert "assets/provenance.json: larger than any report's; " in refused(large)
    assert "assets/metrics.json: larger than any report's; " in refused(str(made))


@pytest.mark.parametrize(
    "content", [b"<!doctype html>", b"\xff", b"[]", b"[" * 100_000, b"1" * 10_000, b""]
)
@pytest.mark.parametrize("name", FILES)
def test_what_is_no_json_of_a_report_is_named(tmp_path, name, content):
    folder = site(tmp_path)
    (folder / "assets" / name).write_bytes(content)
    assert refused(str(folder)) == (
        f"{folder}: its assets/{name} is no JSON of a report; name another site."
    )


@pytest.mark.parametrize("name", FILES)
def test_json_of_something_else_is_named(tmp_path, name):
    folder = site(tmp_path)
    (folder / "assets" / name).write_text('{"runs\\u001b[2J": 1}')
    assert refused(str(folder)).startswith(f"{folder}: its assets/{name} is not that of a report (")


def test_what_a_fork_measures_besides_is_read_like_all_else(tmp_path):
    def change(metrics):
        metrics["columns"] = {"archetypes": {"contrast": {"heading": "Contrast"}}}
        for record in (metrics["runs"]["ae-2"], *metrics["replicates"]["ae-2"]):
            found = {"contrast": 0.5, "contrast_interval": [0.4, 0.6], "by_class": [1.0, 2.0]}
            record["archetypes"] = found

    run = read(str(site(tmp_path, change=change)), REMEDY).runs["ae-2"]
    found = {"archetypes.contrast": 0.5, "archetypes.by_class.0": 1, "archetypes.by_class.1": 2}
    for numbers in (run.mean, *run.replicates):
        assert {key: numbers[key] for key in numbers if key.startswith("arch")} == found


def test_a_report_of_an_earlier_version_is_recognised(tmp_path):
    folder = site(tmp_path, change=lambda metrics: metrics.pop("replicates"))
    assert refused(str(folder)).startswith(f"{folder}: a report of an earlier version, ")


@pytest.mark.parametrize("value", ["1e400", "NaN", "1" + "0" * 400, "1e200"])
def test_a_number_that_is_none_is_refused(tmp_path, value):
    folder = site(tmp_path)
    path = folder / "assets" / "metrics.json"
    metrics = json.loads(path.read_bytes())
    metrics["replicates"]["vae-2"][0]["test"]["bce"] = "@"
    path.write_text(json.dumps(metrics).replace('"@"', value))
    assert refused(str(folder)) == (
        f"{folder}: its assets/metrics.json says of vae-2 what is no number; name another site."
    )


def test_words_cannot_move_the_cursor(tmp_path):
    folder = site(tmp_path, commit="\x1b[2Jabc\n" + "d" * 1000)
    commit = read(str(folder), REMEDY).provenance.commit
    assert commit.startswith("\N{REPLACEMENT CHARACTER}[2Jabc")
    assert commit.isprintable()
    assert len(commit) == 300
