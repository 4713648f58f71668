"""A state that its backend did not take, against the one that the backend has by now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct


class KeptState(Struct, frozen=True):
    """A state as far as it is compared. What the program itself encrypted has no resources here."""

    serial: int
    lineage: str
    resources: frozenset[tuple[str, str]]
    """(address, id) of each instance."""

    @classmethod
    def of(cls, state: bytes | str) -> KeptState:
        """Of what is no state nothing is known."""
        try:
            said: Mapping[str, Any] = json.loads(state or "{}")
            found = frozenset(_instances(said))
            return cls(int(said.get("serial", -1)), str(said.get("lineage", "")), found)
        except (ValueError, TypeError, AttributeError, KeyError):
            return cls(-1, "", frozenset())

    def is_outdone_by(self, other: KeptState) -> bool:
        """Whether the other one is newer and knows all that this one does."""
        newer = self.lineage == other.lineage and other.serial > self.serial
        return newer and self.resources <= other.resources

    def follows(self, other: KeptState) -> bool:
        """Whether a backend that has the other one may take this one: there is none yet, or it is
        an older one of the same line."""
        return other.serial < self.serial and other.lineage in ("", self.lineage)

    def alone(self, other: KeptState) -> tuple[str, ...]:
        """The addresses that the other one does not know, or knows as something else."""
        return tuple(sorted(address for address, _ in self.resources - other.resources))


def _instances(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in state.get("resources", ()):
        module = f"{one['module']}." if one.get("module") else ""
        address = f"{module}{one['type']}.{one['name']}"
        for each in one.get("instances", ()):
            key = each.get("index_key")
            shown = f"{address}[{json.dumps(key)}]" if key is not None else address
            yield shown, str((each.get("attributes") or {}).get("id", ""))
