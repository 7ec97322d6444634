"""The exception for errors that a user can mend."""

from collections.abc import Collection
from difflib import get_close_matches

_NAMED = 6


class ReportError(Exception):
    """An error that the user can mend.

    The message is all that the user sees: one line with what is wrong, where, and what to do.
    """


def one_of(name: str, known: Collection[str]) -> str:
    """Suggest names in place of one that does not exist, the most similar first."""
    if not known:
        return "there is none at all"
    names = list(dict.fromkeys([*get_close_matches(name, known), *known]))
    more = f" or one of {len(names) - _NAMED} others" if len(names) > _NAMED else ""
    return f"name one of {', '.join(names[:_NAMED])}{more}"
