"""Keys that secrets are sealed with, and where this machine has them.

A key is 32 random bytes, written in base64 as `openssl rand -base64 32` writes it, one on a line
(or between commas).
The first seals; all of them open, so that a new key can be put before the old ones.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from trunkline.core.trouble import Trouble

LENGTH = 32


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """The keys themselves, from the environment, or else the file that holds them."""

    file: Path
    text: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        return "TRUNKLINE_KEY" if self.text else str(self.file)


@dataclass(frozen=True, slots=True)
class Key:
    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """What tells this key from others and nothing of its secret."""
        return hashlib.sha256(b"trunkline key\0" + self.secret).hexdigest()[:16]

    @property
    def line(self) -> str:
        return base64.b64encode(self.secret).decode()


class KeysError(Trouble):
    """Keys that cannot be used; never holds any part of one."""


def parse_keys(text: str, name: str) -> tuple[Key, ...]:
    """The keys of a text, `#` and what follows aside, in their order. Raises KeysError."""
    found = [
        Key(_bytes(said, f"{name}:{number}"))
        for number, line in enumerate(text.splitlines(), 1)
        for said in line.partition("#")[0].replace(",", " ").split()
    ]
    return tuple(dict.fromkeys(found))


def _bytes(said: str, where: str) -> bytes:
    try:
        secret = base64.b64decode(said, validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != LENGTH:
        raise KeysError(
            f"{where}: a key is {LENGTH} bytes in base64",
            remedy="bring the right file back, or make a key: openssl rand -base64 32",
        )
    return secret
