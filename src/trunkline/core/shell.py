"""Words of a command that a message tells to type: what a repository or a server says is one word
of it, and no command of its own.
"""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[\w@%+=:,./-]+", re.ASCII)


def word(text: str) -> str:
    """The text as one word for a POSIX shell, as it is where that needs nothing."""
    return text if _PLAIN.fullmatch(text) else "'" + text.replace("'", "'\"'\"'") + "'"
