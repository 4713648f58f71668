"""What is kept of planned units: each plan with what it is bound to, each range, each approval.

Plain values; `engine/infra/shelf.py` keeps them sealed.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from msgspec import Struct, ValidationError, convert
from msgspec.structs import asdict, replace

from trunkline.core.infra.plan.values import Verb
from trunkline.core.infra.policy import Facts

T = TypeVar("T")


def unpacked(kind: type[T], data: bytes | None) -> T | None:
    """What was kept, None for nothing: so is what another version of Trunkline kept in a form that
    this one does not know. It is planned anew then.
    """
    if data is None:
        return None
    try:
        return convert(json.loads(data), kind)
    except ValidationError:
        return None


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """`base` and `head` are the commits between which it was planned, `commit` that of its code:
    the base's for what is removed. `text` and `said` are the plan as people and programs see it,
    for whoever approves it.
    """

    id: str
    unit: str
    base: str
    head: str
    commit: str
    how: str
    program: str
    serial: int
    lineage: str
    shape: str
    shapes: tuple[str, ...]
    created: float
    counts: Mapping[str, int]
    loses: int
    keeps_state: bool = True
    doubt: str = ""
    written: str = ""
    text: str = field(default="", repr=False)
    said: Mapping[str, Any] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    file: bytes = field(default=b"", repr=False)

    def packed(self) -> bytes:
        said = {name: getattr(self, name) for name in self.__slots__ if name != "file"}
        return json.dumps({**said, "file": base64.b64encode(self.file).decode()}).encode()

    @property
    def facts(self) -> Facts:
        """What a policy asks for."""
        counts = self.counts
        return Facts(
            counts[Verb.DELETE],
            counts[Verb.REPLACE],
            counts[Verb.FORGET],
            self.loses,
            sum(counts.values()),
        )


class Entry(Struct, frozen=True):
    """One unit of a planned range: the plan that is kept for it, and what it does.

    `seen` is False for a plan that an apply made, which nobody was shown before. `heals` says that
    it is there because of drift, and not of a change of code.
    """

    unit: str
    how: str
    status: str
    plan: str = ""
    shapes: tuple[str, ...] = ()
    waits_for: tuple[str, ...] = ()
    seen: bool = True
    done: bool = False
    heals: bool = False


class Span(Struct, frozen=True):
    """A planned range, its units in the order in which they are applied."""

    base: str
    head: str
    entries: tuple[Entry, ...]

    def packed(self) -> bytes:
        entries = [asdict(one) for one in self.entries]
        return json.dumps({"base": self.base, "head": self.head, "entries": entries}).encode()

    def with_entry(self, entry: Entry) -> Span:
        entries = tuple(entry if one.unit == entry.unit else one for one in self.entries)
        return replace(self, entries=entries)

    def beside(self, known: Span | None) -> Span:
        """These entries, and what was planned of other units of the range before. One that heals
        takes no place of a change of code that is not applied yet.
        """
        if known is None or known.base != self.base:
            return self
        left = {one.unit for one in known.entries if not (one.done or one.heals)}
        mine = tuple(one for one in self.entries if not (one.heals and one.unit in left))
        new = {one.unit for one in mine}
        others = tuple(one for one in known.entries if one.unit not in new)
        return replace(self, entries=(*others, *mine))


class Approval(Struct, frozen=True):
    """Who approved which plan; `shape` is the plan's, so that the same done anew is approved."""

    plan: str
    unit: str
    shape: str
    by: str
    since: float

    def packed(self) -> bytes:
        return json.dumps(asdict(self)).encode()
