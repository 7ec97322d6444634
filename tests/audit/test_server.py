import gzip
import urllib.request
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from vae_report.audit.server import served


@pytest.fixture
def ask(make_site):
    site = make_site(**{"404.html": "not here", "deep/index.html": "deep", "data.bin": "x" * 2000})
    (site.parent / "secret.html").write_text("secret")
    with served(site, under="/of/") as address:
        assert urlsplit(address).hostname == "127.0.0.1"

        def answer(path, **headers):
            connection = HTTPConnection(urlsplit(address).netloc, timeout=10)
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            content = response.read()
            connection.close()
            return response, content

        yield answer


def test_text_is_compressed_for_whom_it_may_be(ask):
    plain, content = ask("/of/style.css")
    assert plain.getheader("content-encoding") is None
    small, compressed = ask("/of/style.css", **{"accept-encoding": "br, gzip"})
    assert small.getheader("content-encoding") == "gzip"
    assert gzip.decompress(compressed) == content
    for answer in (plain, small):
        assert answer.getheader("content-type") == "text/css; charset=utf-8"
        assert answer.getheader("cache-control") == "max-age=600"
        assert answer.getheader("vary") == "Accept-Encoding"


def test_what_is_no_text_travels_as_it_is(ask):
    response, content = ask("/of/data.bin", **{"accept-encoding": "gzip"})
    assert response.getheader("content-type") == "application/octet-stream"
    assert response.getheader("content-encoding") is None
    assert content == b"x" * 2000


def test_folders_are_their_pages(ask):
    response, _ = ask("/of/deep")
    assert (response.status, response.getheader("location")) == (301, "/of/deep/")
    response, content = ask("/of/deep/?a=b")
    assert (response.status, content) == (200, b"deep")


@pytest.mark.parametrize(
    "path", ["/of/no/such", "/index.html", "/of/../../secret.html", "/of/%2e%2e/secret.html"]
)
def test_whatever_is_not_in_the_site_is_its_page_404(ask, path):
    response, content = ask(path)
    assert (response.status, content) == (404, b"not here")
    assert response.getheader("content-type") == "text/html; charset=utf-8"


def test_head_has_no_body(make_site):
    with served(make_site()) as address:
        request = urllib.request.Request(f"{address}style.css", method="HEAD")
        with urllib.request.urlopen(request) as response:
            assert int(response.getheader("content-length")) > 0
            assert response.read() == b""
