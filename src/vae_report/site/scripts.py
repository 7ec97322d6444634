"""Our scripts as the site publishes them."""

import re

_UNREAD = re.compile(r"^[ \t]*(?:/\*\*.*?\*/\n|//.*?\n|\n)|^[ \t]+", re.DOTALL | re.MULTILINE)


def condense(script: str) -> str:
    """Leave out of a script what browsers skip: comments, indentation and empty lines.

    Args:
        script: whose comments have lines of their own, and whose strings have one line each.
    """
    return _UNREAD.sub("", script)
