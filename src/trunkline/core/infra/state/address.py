"""Which unit an address of the state backend means: its path from the repository's root.

Whoever can reach the backend writes these, so only what a repository may hold is a unit: no empty
parts, no way up, nothing that a terminal or another program would read as more than a name.
"""

from __future__ import annotations

from trunkline.core.trouble import Trouble

LONGEST, DEEPEST = 512, 32


class BadAddress(Trouble):
    """Not the address of a unit; the message says why."""


def unit_of(path: str) -> str:
    """The unit's id of a decoded path, such as `infra/live/eu/rds`. Raises BadAddress."""
    parts = path.split("/")
    if len(path) > LONGEST or len(parts) > DEEPEST:
        raise BadAddress(f"a unit's path is at most {LONGEST} characters and {DEEPEST} parts")
    if not all(parts):
        raise BadAddress("a unit's path has no empty part and no / at its ends")
    if any(part in (".", "..") for part in parts):
        raise BadAddress("a unit's path has no . or .. in it")
    if not path.isprintable() or set(path) & set("\\\ufffd"):
        raise BadAddress("a unit's path holds printable characters only, and no backslash")
    return path
