"""What can go wrong with a repository, as one error that a person can act on."""

from __future__ import annotations

import re

from trunkline.core.trouble import Trouble

_CREDENTIALS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/\s@]+@", re.IGNORECASE)


class GitError(Trouble):
    """The message says what failed and where; `remedy` what to do about it."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(without_credentials(message), remedy=remedy)


class NotAsked(GitError):
    """A repository that this machine does not ask, whatever it would answer."""


def without_credentials(text: str) -> str:
    """The text with `user:password@` cut out of every URL."""
    return _CREDENTIALS.sub(r"\g<scheme>", text)
