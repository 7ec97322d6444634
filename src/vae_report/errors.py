"""The one kind of failure that a user can cause, and can mend."""


class ReportError(Exception):
    """Something outside the program is not as it must be.

    The message is all that the user sees: one line that says what is wrong, where, and what to do.
    """
