"""Tokens of the state backend: who may read or write which units.

A token is random enough that its plain hash says nothing of it; only that is kept.
"""

from __future__ import annotations

import hashlib
from typing import Any

from msgspec import Struct

from trunkline.core.argo.glob import deep_matches

MARK = "tls_"
"""What every token begins with, so that scanners for leaked secrets can know it."""

READ, WRITE = "read", "write"
SCOPES = (READ, WRITE)


class Token(Struct, frozen=True):
    """`units` are globs over unit ids; times are Unix seconds, `expires` 0 for never."""

    name: str
    units: tuple[str, ...]
    scope: str
    since: float
    expires: float = 0.0

    def may(self, scope: str, unit: str) -> bool:
        """Whether it allows this for the unit; whoever may write may read."""
        enough = SCOPES.index(self.scope) >= SCOPES.index(scope)
        return enough and any(deep_matches(glob, unit) for glob in self.units)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "units": list(self.units),
            "scope": self.scope,
            "since": self.since,
            "expires": self.expires,
        }


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
