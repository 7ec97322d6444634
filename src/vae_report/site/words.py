"""The words that the generator itself writes into pages, and the form of its numbers.

`words.toml` has the English ones. A report puts others in their place in the table `[site.words]`
of its `report.toml`, under the same keys; there, the heading of a column is a key as well.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from string import Formatter

from vae_report.errors import ReportError, one_of

_ENGLISH: dict[str, str] = tomllib.loads(
    (Path(__file__).parent / "words.toml").read_text(encoding="utf-8")
)
_spoken: Mapping[str, str] = _ENGLISH
_here = "in_this_profile"
_headings: set[str] = set()


def speak(words: Mapping[str, str], *, whole: bool = False) -> None:
    """Write pages in other words from now on.

    Args:
        words: The words in place of the English ones, by key.
        whole: Whether the profile is the whole report, so that the report lacks what is missing.

    Raises:
        ReportError: A word has other places to fill in than the one that it replaces.
    """
    global _spoken, _here  # A process writes the pages of one report.
    for key in words.keys() & _ENGLISH.keys():
        if _places(words[key]) != _places(_ENGLISH[key]):
            raise ReportError(
                f"report.toml: site.words.{key} = '{words[key]}': write it with the places in "
                f"braces that '{_ENGLISH[key]}' has."
            )
    _spoken = _ENGLISH | dict(words)
    _here = "in_this_report" if whole else "in_this_profile"
    _headings.clear()


def word(key: str, **parts: object) -> str:
    """Write one of the generator's words, its places filled in."""
    return _spoken[key].format_map({"here": _spoken[_here], **parts})


def here(reason: str) -> str:
    """Let a reason blame the report, not its profile, if that profile has all of the report."""
    return reason if _here == "in_this_profile" else reason.replace("this profile", "this report")


def word_of_verdict(verdict: str) -> str:
    """Write a verdict as `claims.json` has it."""
    return word(verdict.removesuffix(" in this profile").replace(" ", "_"))


def heading(text: str) -> str:
    """Write the heading of a column."""
    _headings.add(text)
    return _spoken.get(text, text)


def for_scripts(*keys: str) -> dict[str, str]:
    """Give a script of the page the words that are not English, with their places to fill in."""
    return {key: _spoken[key] for key in keys if _spoken[key] != _ENGLISH[key]}


def check() -> None:
    """Check, once all tables are written, that every word of the report's own was used.

    Raises:
        ReportError: There is no such word.
    """
    known = [*_ENGLISH, *sorted(_headings)]
    for key in _spoken:
        if key not in known:
            raise ReportError(f"report.toml: no word site.words.{key}; {one_of(key, known)}.")


def _places(text: str) -> set[str | None]:
    try:
        return {name for _, name, _, _ in Formatter().parse(text)} - {None}
    except ValueError:
        return {None}
