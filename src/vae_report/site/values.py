"""The build's measurements as pages see them: found by name, an error if missing."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vae_report.errors import ReportError, one_of
from vae_report.site.words import word

MINUS = "\u2212"
THIN_SPACE = "\u202f"


def load_json(path: Path, *keys: str) -> dict[str, Any]:
    """Read a file that an earlier stage of the build wrote.

    Raises:
        ReportError: The file is not there, holds no JSON object, or lacks one of the keys.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReportError(f"{path}: cannot be read ({error.strerror}); run `make site`.") from error
    except ValueError as error:
        raise ReportError(f"{path}: not valid JSON ({error}); run `make site`.") from error
    if not isinstance(values, dict):
        raise ReportError(f"{path}: holds no JSON object; run `make site`.")
    if absent := [key for key in keys if key not in values]:
        raise ReportError(f"{path}: holds no {', '.join(absent)}; run `make site`.")
    return values


class Record:
    """Named values, nested, by `record.key` or `record["key"]`; `"key" in record` asks for one.

    Args:
        name: The record's name in errors.
        values: The record's content; `null` stands for a value that does not exist, such as the
            ELBO of an autoencoder.

    Raises:
        ReportError: A page asks for a name that is missing, or whose value is `null`.
    """

    def __init__(self, name: str, values: Mapping[str, object]) -> None:
        self._name = name
        self._values = values

    def __getitem__(self, key: str) -> object:
        name = f"{self._name}.{key}" if key.isidentifier() else f'{self._name}["{key}"]'
        if key not in self._values:
            raise ReportError(f"no value {name}; {one_of(key, self._values)}")
        value = self._values[key]
        if value is None:
            raise ReportError(f"{name} was not measured; choose a value that exists")
        return Record(name, value) if isinstance(value, Mapping) else value

    def __contains__(self, key: str) -> bool:
        return self._values.get(key) is not None

    def __getattr__(self, key: str) -> object:
        # Python itself asks objects for names such as __html__; those are no measurements.
        if key.startswith("__"):
            raise AttributeError(key)
        return self[key]


def number(value: object, digits: int = 0) -> str:
    """Format a number with a true minus sign and the report's marks, such as thin spaces.

    Raises:
        ReportError: The value is no finite number.
    """
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise ReportError(f"{value!r} is no finite number; choose another value")
    marks = {
        ord(","): word("thousands_mark"),
        ord("."): word("decimal_mark"),
        ord("-"): MINUS,
    }
    return f"{value:z,.{digits}f}".translate(marks)


def interval(ends: Sequence[float], digits: int = 0) -> str:
    """Format the ends of an interval, between which no line breaks.

    Raises:
        ReportError: One of them is no finite number.
    """
    lower, upper = (number(end, digits) for end in ends)
    return word("interval", lower=lower, upper=upper)


def compare(
    value: float,
    other: float,
    more: str = "higher",
    less: str = "lower",
    equal: str = "the same",
    *,
    digits: int,
) -> str:
    """Choose the word that says how a number compares with another, both as they are shown.

    Args:
        value: The number that the word describes.
        other: The number that it is compared with.
        more: The word if `value` is the larger one.
        less: The word if `value` is the smaller one.
        equal: The word if no difference shows.
        digits: The number of decimals that are shown.

    Raises:
        ReportError: One of them is no finite number.
    """
    if number(value, digits) == number(other, digits):
        return equal
    return more if value > other else less


def decimals(value: float, significant: int) -> int:
    """Count the decimals with which a value shows at least so many significant digits."""
    magnitude = math.floor(math.log10(abs(value))) if value else 0
    return max(0, significant - 1 - magnitude)


def declared(value: float) -> str:
    """Format a number that was chosen, not measured, with the decimals that it was given."""
    return number(value, len(f"{value:f}".rstrip("0").partition(".")[2]))


def nats(value: object, digits: int = 1) -> str:
    """Format a number of nats, its unit included."""
    return word("nats", number=number(value, digits))
