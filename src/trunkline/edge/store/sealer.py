"""Sealing: AES-256 in Galois/Counter mode (NIST SP 800-38D), under a key that the value names.

A value is bound to the row that it belongs to: put into another row it does not open, so nobody
who can write to the database can hand one unit the plan or the state of another.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from trunkline.core.keys import Key
from trunkline.edge.store.errors import SealError, lost_key

VERSION = b"\x01"
ID, NONCE = 8, 12
HEAD = len(VERSION) + ID + NONCE
QUICK = 1
"""A state is text that repeats itself; the quickest level makes a tenth of it."""


class Sealer:
    """Seals with the first key and opens with any."""

    def __init__(self, keys: Sequence[Key], name: str) -> None:
        self._first = keys[0]
        self._keys = {key.id: AESGCM(key.secret) for key in keys}
        self._name = name

    @property
    def key_id(self) -> str:
        """The key that seals."""
        return self._first.id

    def knows(self, sealed: bytes) -> bool:
        """Whether the value's key is among these."""
        return key_id_of(sealed) in self._keys

    def seal(self, value: bytes, bound_to: str) -> bytes:
        """The value, pressed and sealed. `bound_to` names its row, and must be given to open it."""
        head = VERSION + bytes.fromhex(self._first.id)
        nonce = os.urandom(NONCE)
        pressed = zlib.compress(value, QUICK)
        sealed = self._keys[self._first.id].encrypt(nonce, pressed, head + bound_to.encode())
        return head + nonce + sealed

    def open(self, sealed: bytes, bound_to: str) -> bytes:
        """What was sealed for this row. Raises SealError."""
        name = key_id_of(sealed)
        if (key := self._keys.get(name)) is None:
            raise lost_key(bound_to, name, self._name)
        head, nonce = sealed[: HEAD - NONCE], sealed[HEAD - NONCE : HEAD]
        try:
            pressed = key.decrypt(nonce, sealed[HEAD:], head + bound_to.encode())
        except InvalidTag:
            raise SealError(
                f"{bound_to}: what is stored was changed, or belongs to another row",
                "restore the store from a backup; find out who can write to it",
            ) from None
        return zlib.decompress(pressed)


def key_id_of(sealed: bytes) -> str:
    """The id of the key that a value is sealed with, "" for what is no sealed value."""
    whole = len(sealed) > HEAD and sealed[:1] == VERSION
    return sealed[len(VERSION) : len(VERSION) + ID].hex() if whole else ""
