"""The lock of a state, as the programs describe it (`statemgr.LockInfo` in both).

It is handed on unchanged to whoever asks for the lock meanwhile: their program shows it.
"""

from __future__ import annotations

from typing import Any

import orjson
from msgspec import Struct

from trunkline.core.trouble import Trouble

LARGEST = 65_536


class BadLock(Trouble):
    """Not the description of a lock."""


class LockInfo(Struct, frozen=True):
    """`since` is Unix time in seconds, `by` the token that took it; `whole` the program's JSON."""

    id: str
    whole: str
    since: float = 0.0
    by: str = ""

    @property
    def who(self) -> str:
        return self._said("Who")

    @property
    def operation(self) -> str:
        return self._said("Operation").removeprefix("OperationType")

    def _said(self, key: str) -> str:
        said = orjson.loads(self.whole).get(key)
        return said if isinstance(said, str) else ""

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "who": self.who,
            "operation": self.operation,
            "since": self.since,
            "by": self.by,
        }


def parse_lock(data: bytes) -> LockInfo:
    """The lock that a program asks for. Raises BadLock."""
    if len(data) > LARGEST:
        raise BadLock(f"a lock is described in at most {LARGEST} bytes")
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise BadLock("a lock is described in JSON, and this is not") from None
    lock_id = value.get("ID") if isinstance(value, dict) else None
    if not isinstance(lock_id, str) or not lock_id or len(lock_id) > 256:
        raise BadLock("a lock has an ID")
    return LockInfo(lock_id, orjson.dumps(value).decode())
