"""What a user can cause and a user can mend: the base of every error that is expected.

Whoever runs a verb or answers a request turns these into words, and needs to know no room's own
errors for it.
"""

from __future__ import annotations


class Trouble(Exception):
    """The message says what is wrong and where, `remedy` what to do about it."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy
