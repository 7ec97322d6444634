"""A report as its site publishes it: read from a folder or an address, and never trusted."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from vae_report.claims.claim import Verdict
from vae_report.errors import ReportError
from vae_report.results.metrics import Interval

FILES = ("provenance.json", "claims.json", "metrics.json")
"""The files that are read from the folder `assets/` of a site."""

_LARGEST = 32 << 20  # bytes of a file
_TIMEOUT = 10.0  # seconds, to connect and between any two blocks
_DEADLINE = 60.0  # seconds, for a file
_BLOCK = 1 << 16
_GREATEST = 1e100  # a limit to numbers, so that their squares are numbers too

SETTINGS = ("kind", "latent", "likelihood", "beta", "learning_rate", "parameters")
"""The entries of a run's record that describe the run, not its result."""

_NO_RESULTS = {*SETTINGS, "seeds", "epochs", "seconds", "diverged", "draws", "kernel_error"}


def _printable(text: str) -> str:
    """Replace what might move the cursor of a terminal, and cut endless lines."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )[:300]


Word = Annotated[str, AfterValidator(_printable)]


class _Record(BaseModel):
    """Part of a file, which must have all of these fields and may have others."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class Data(_Record):
    """The data set of a report."""

    name: Word
    digest: Word
    side: int = 28  # for a report that does not say it
    verified: bool


class Provenance(_Record):
    """The content of `provenance.json`: what a report was made from, with and on."""

    commit: Word | None
    modified: bool
    date: Word
    profile: Word
    processors: tuple[Word, ...] = ()
    data: Data
    versions: dict[Word, Word]


class PublishedClaim(_Record):
    """One claim of `claims.json`."""

    id: Word
    statement: Word
    unit: Word = ""
    direction: Word
    threshold: float
    verdict: Verdict
    effect: float | None
    interval: Interval | None


class _Claims(_Record):
    claims: tuple[PublishedClaim, ...]


_Metrics = dict[str, Any]
_Replicates = Annotated[list[_Metrics], Field(min_length=1)]


class _Table(_Record):
    runs: dict[Word, _Metrics]
    replicates: dict[Word, _Replicates]
    baselines: _Metrics
    baseline_replicates: _Replicates


@dataclass(frozen=True)
class RunNumbers:
    """The numbers of one run, or of the judge and its baselines.

    Attributes:
        mean: The numbers that pages show, averaged over replicates, by name.
        replicates: The same numbers of each replicate; a name is missing if nothing was measured.
        settings: The settings of the run's first replicate, in words.
        diverged: Whether the loss of each replicate stopped being finite.
    """

    mean: Mapping[str, float]
    replicates: Sequence[Mapping[str, float]]
    settings: Mapping[str, str]
    diverged: Sequence[bool]


BASELINES = "judge and baselines"
"""The name of the judge's and the baselines' numbers among those of runs."""


@dataclass(frozen=True)
class Published:
    """A report as its site publishes it.

    Attributes:
        place: The folder or address of the site.
        provenance: The provenance of the report.
        claims: The claims by their identifiers.
        runs: The numbers by the name of the run, then those of the judge and its baselines.
    """

    place: str
    provenance: Provenance
    claims: Mapping[str, PublishedClaim]
    runs: Mapping[str, RunNumbers]


def read(place: str, remedy: str) -> Published:
    """Read a report from its site.

    Args:
        place: A folder, or an address with http or https.
        remedy: The advice if there is no report, for an error.

    Raises:
        ReportError: There is no report, its form cannot be compared, or it is larger or takes
            longer than any report would.
    """
    fetch = _by_address(place, remedy) if "://" in place else _from_folder(place, remedy)
    provenance, claims, metrics = ((name, fetch(name)) for name in FILES)
    table = _table(place, *metrics)
    runs = {
        name: _run(place, name, table.runs.get(name), table.replicates[name])
        for name in table.replicates
    }
    for name in table.runs.keys() - table.replicates.keys():
        runs[name] = _run(place, name, table.runs[name], [])
    runs[BASELINES] = _run(place, BASELINES, table.baselines, table.baseline_replicates)
    decided = _parse(_Claims, place, *claims).claims
    return Published(
        place,
        _parse(Provenance, place, *provenance),
        {claim.id: claim for claim in decided},
        runs,
    )


def _from_folder(place: str, remedy: str) -> Callable[[str], bytes]:
    folder = Path(place)

    def fetch(name: str) -> bytes:
        path = folder / "assets" / name
        try:
            if path.stat().st_size > _LARGEST:
                raise ReportError(f"{path}: larger than any report's; {remedy}.")
            return path.read_bytes()
        except OSError as error:
            raise ReportError(f"{path}: cannot be read ({error.strerror}); {remedy}.") from error

    return fetch


def _by_address(place: str, remedy: str) -> Callable[[str], bytes]:
    try:
        parts = urlsplit(place)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        fits = False
    if not fits:
        raise ReportError(f"{place}: no address with http:// or https://; {remedy}.")
    # A page of the site stands for the site, and so does an address without its last slash.
    path = parts.path
    if path.endswith(".html"):
        path = path[: path.rindex("/") + 1]
    base = parts._replace(path=path.rstrip("/"), query="", fragment="").geturl()

    def fetch(name: str) -> bytes:
        address = f"{base}/assets/{name}"
        answer: list[bytes] = []
        failure: list[str] = []

        def ask() -> None:
            try:
                answer.append(_download(address))
            except HTTPError as error:
                failure.append(f"the server answers {error.code} {_printable(str(error.reason))}")
            except _TooLargeError:
                failure.append("larger than any report's")
            except (OSError, HTTPException, ValueError) as error:
                reason = getattr(error, "reason", None) or error
                failure.append(f"cannot be reached ({_printable(str(reason))})")

        # A server may send each block in time, and yet never finish.
        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(_DEADLINE)
        if not answer:
            problem = failure[0] if failure else f"not there after {_DEADLINE:g} seconds"
            raise ReportError(f"{address}: {problem}; {remedy}.")
        return answer[0]

    return fetch


class _TooLargeError(Exception):
    """A file larger than any report has."""


def _download(address: str) -> bytes:
    """Fetch a file over http or https only, also when redirected, through the user's proxy."""
    opener = OpenerDirector()
    for handler in (
        ProxyHandler,
        UnknownHandler,
        HTTPHandler,
        HTTPSHandler,
        HTTPDefaultErrorHandler,
        HTTPRedirectHandler,
        HTTPErrorProcessor,
    ):
        opener.add_handler(handler())
    request = Request(address, headers={"User-Agent": "vae-report"})
    content = bytearray()
    with opener.open(request, timeout=_TIMEOUT) as response:
        while block := response.read(_BLOCK):
            content += block
            if len(content) > _LARGEST:
                raise _TooLargeError
    return bytes(content)


_Parsed = TypeVar("_Parsed", bound=_Record)


def _table(place: str, name: str, content: bytes) -> _Table:
    metrics = _json(place, name, content)
    if "runs" in metrics and "replicates" not in metrics:
        raise ReportError(
            f"{place}: a report of an earlier version, which says nothing of single trainings; "
            "build that commit anew with this version to compare with it."
        )
    return _validate(_Table, place, name, metrics)


def _parse(record: type[_Parsed], place: str, name: str, content: bytes) -> _Parsed:
    return _validate(record, place, name, _json(place, name, content))


def _json(place: str, name: str, content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ReportError(f"{place}: its assets/{name} is no JSON of a report; name another site.")
    return found


def _validate(record: type[_Parsed], place: str, name: str, found: Mapping[str, Any]) -> _Parsed:
    try:
        return record.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        where = _printable(".".join(map(str, first["loc"])))
        raise ReportError(
            f"{place}: its assets/{name} is not that of a report ({where}: {first['msg']}); "
            "name another site."
        ) from error


def _run(
    place: str, name: str, mean: _Metrics | None, replicates: Sequence[_Metrics]
) -> RunNumbers:
    def numbers(metrics: _Metrics) -> dict[str, float]:
        try:
            return dict(_numbers(metrics))
        except (OverflowError, RecursionError, ValueError) as error:
            raise ReportError(
                f"{place}: its assets/metrics.json says of {name} what is no number; name another "
                "site."
            ) from error

    first = replicates[0] if replicates else {}
    return RunNumbers(
        numbers(mean or {}),
        [numbers(replicate) for replicate in replicates],
        {key: _printable(str(first[key])) for key in SETTINGS if key in first},
        [replicate.get("diverged") is True for replicate in replicates],
    )


def _numbers(metrics: Mapping[str, Any], *path: str) -> Iterator[tuple[str, float]]:
    """Flatten a record to its results: what was measured, without intervals and settings.

    The KL divergences of single dimensions are left out, because the dimensions of one seed are not
    those of another.
    """
    for key, value in metrics.items():
        here = *path, key
        if key in _NO_RESULTS or key == "kl_by_dimension" or "interval" in key:
            continue
        if isinstance(value, Mapping):
            yield from _numbers(value, *here)
        elif isinstance(value, list):
            yield from _numbers({f"{place}": entry for place, entry in enumerate(value)}, *here)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            number = float(value)
            if not abs(number) < _GREATEST:
                raise ValueError(value)
            yield _printable(".".join(here)), number
