"""A built site on loopback, as GitHub Pages would serve it."""

import gzip
import mimetypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from vae_report.audit.marks import NOT_FOUND

_TYPES = mimetypes.MimeTypes()
for _suffix, _type in {
    ".ipynb": "application/json",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
}.items():
    _TYPES.add_type(_type, _suffix)

_PATIENCE = 0.05
"""The number of seconds within which a server notices that it is no longer needed."""

_COMPRESSED = {"application/json", "application/manifest+json", "application/xml", "image/svg+xml"}


@contextmanager
def served(site: Path, under: str = "/") -> Iterator[str]:
    """Serve a site below a path, compressed, with its page 404 for what is missing.

    Args:
        site: The folder of the built site.
        under: The path that the site expects to be at, from slash to slash.

    Yields:
        The address of its first page, for as long as the context lasts.
    """
    handler = type("Handler", (_Handler,), {"site": site.resolve(), "under": under})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(_PATIENCE,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{under}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    site: Path
    under: str

    def do_GET(self) -> None:
        """Answer with a file, with the address of a folder, or with the page 404."""
        path = urlsplit(self.path).path
        file = self._file(unquote(path))
        if file and file.is_dir():
            if not path.endswith("/"):
                return self._answer(HTTPStatus.MOVED_PERMANENTLY, location=f"{path}/")
            file = file / "index.html"
        if file and file.is_file():
            return self._answer(HTTPStatus.OK, file)
        return self._answer(HTTPStatus.NOT_FOUND, self.site / NOT_FOUND)

    do_HEAD = do_GET  # noqa: N815

    def _file(self, path: str) -> Path | None:
        if not path.startswith(self.under):
            return None
        file = (self.site / path.removeprefix(self.under)).resolve()
        return file if file.is_relative_to(self.site) else None

    def _answer(self, status: HTTPStatus, file: Path | None = None, **headers: str) -> None:
        content = file.read_bytes() if file and file.is_file() else b""
        if content and file:
            kind = _TYPES.guess_type(file.name)[0] or "application/octet-stream"
            text = kind.startswith("text/")
            headers["content-type"] = f"{kind}; charset=utf-8" if text else kind
            headers["cache-control"] = "max-age=600"
            if text or kind in _COMPRESSED:
                headers["vary"] = "Accept-Encoding"
                if "gzip" in self.headers.get("accept-encoding", ""):
                    headers["content-encoding"] = "gzip"
                    content = gzip.compress(content, 6, mtime=0)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing: whoever asks for a missing file reports it."""
