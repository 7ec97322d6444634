"""The one kind of failure that a user can cause, and can mend."""

from collections.abc import Collection
from difflib import get_close_matches

_NAMED = 6


class ReportError(Exception):
    """Something outside the program is not as it must be.

    The message is all that the user sees: one line that says what is wrong, where, and what to do.
    """


def one_of(name: str, known: Collection[str]) -> str:
    """Say what to write in place of a name that does not exist: those most like it come first."""
    if not known:
        return "there is none at all"
    names = list(dict.fromkeys([*get_close_matches(name, known), *known]))
    more = f" or one of {len(names) - _NAMED} others" if len(names) > _NAMED else ""
    return f"name one of {', '.join(names[:_NAMED])}{more}"
