"""The definitions in the rooms of the generator and the report, found by reading the source.

A decorator registers a figure, a measurement, a claim or a model. The source is read for the
decorators, no other list is kept, and definitions are imported on use.
"""

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from vae_report.engine.fingerprint import Code, Name
from vae_report.errors import ReportError

# Found as Python finds them for an import, so that PYTHONPATH selects the report.
PACKAGES = {
    spec.name: Path(spec.origin).parent
    for spec in map(find_spec, ("vae_report", "report"))
    if spec and spec.origin
}
"""The folders of the packages of the generator and of the report."""

CODE = Code(PACKAGES)
"""The source of both packages."""


def found(decorator: str, room: str) -> dict[str, Name]:
    """Find the definitions under a decorator in a room of the generator or of the report.

    Args:
        decorator: The name of the decorator, such as `figure`.
        room: The name of the module or package within either, such as `figures`.

    Returns:
        Each function or class by the name that its decorator gives, else by its own name.

    Raises:
        ReportError: Two have the same name, or a module is not valid Python.
    """
    return CODE.decorated(decorator, [f"{package}.{room}" for package in PACKAGES])


def fingerprint(
    names: Iterable[Name], libraries: Iterable[str] = (), without: Iterable[Name] = ()
) -> str:
    """Digest definitions as `vae_report.engine.fingerprint.Code.fingerprint` does.

    Definitions that they find here by a decorator do not count, so callers name those as well.
    """
    return CODE.fingerprint(names, libraries, (*without, Name(__name__, "found")))


def load(name: Name) -> Any:  # noqa: ANN401  # whatever is defined there
    """Import what a name refers to.

    Raises:
        ReportError: Its module cannot be imported.
    """
    try:
        return getattr(import_module(name.module), name.name)
    except ImportError as error:
        raise ReportError(f"{place_of(name)}: {error}; correct it.") from error


def place_of(name: Name) -> str:
    """Return where something is defined, as in `src/report/models/linear.py:12`."""
    path, line = CODE.place_of(name)
    return f"src/{path.as_posix()}:{line}"
