"""What is kept of the live objects of one cluster: a digest of each, never the object.

A digest says whose the object is, how healthy, and a hash of all that an apply depends on
(`core.desired.live_digest`). Whether something must be done follows from that; the object itself
is read again only when something must.

The watch is the truth. What a look read or wrote is taken over too, so that nobody has to wait for
the watch to tell it; but never over something newer, for then a change could be lost between them.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from trunkline.core.digest import live_digest
from trunkline.core.health import Health, health_of
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.marks import component_of

Kind = tuple[str, str]
"""Group and kind."""

# So many deletions are remembered against answers that are older than they.
TOMBSTONES = 2000

# A message longer than this is hardly said of two objects; so many shorter ones are kept.
SHARED_MESSAGE = 80
HEALTHS = 1000


@dataclass(frozen=True, slots=True)
class Digest:
    """`owner` is the component that the object is marked with, "" for none."""

    owner: str
    content: str
    health: Health
    version: int = field(default=0, compare=False)


Changed = Callable[[Ref, Digest | None, Digest | None], None]
"""Told with a ref, and its digest before and after; None: the object is not there."""


class Digests:
    """The digests of one cluster, by ref and by owner."""

    def __init__(self, changed: Changed) -> None:
        self._changed = changed
        self._by_kind: dict[Kind, dict[Ref, Digest]] = defaultdict(dict)
        self._owned: dict[str, set[Ref]] = defaultdict(set)
        self._gone: OrderedDict[Ref, int] = OrderedDict()
        self._healths: dict[Health, Health] = {}

    def __len__(self) -> int:
        return sum(len(found) for found in self._by_kind.values())

    def get(self, ref: Ref) -> Digest | None:
        return self._by_kind[ref.group, ref.kind].get(ref)

    def refs_of(self, owner: str) -> frozenset[Ref]:
        return frozenset(self._owned.get(owner, ()))

    def owners(self) -> set[str]:
        return {owner for owner, refs in self._owned.items() if refs}

    def of(self, live: Manifest, judged: Health | None = None) -> Digest:
        """The digest of an object; `judged` is its health where a rule of the user's said it."""
        health = judged or health_of(live)
        if len(health.message) < SHARED_MESSAGE:
            # A cluster's objects say the same few things: each is kept once.
            if len(self._healths) > HEALTHS:
                self._healths.clear()
            health = self._healths.setdefault(health, health)
        return Digest(component_of(live), live_digest(live), health, version_of(live))

    def saw(self, ref: Ref, digest: Digest) -> None:
        """The watch showed the object as it is now."""
        self._tell(ref, self._set(ref, digest))

    def saw_gone(self, ref: Ref, last: Manifest) -> None:
        """The watch showed that the object is gone; `last` has the version of its end."""
        self._gone[ref] = version_of(last)
        while len(self._gone) > TOMBSTONES:
            self._gone.popitem(last=False)
        self._tell(ref, self._set(ref, None))

    def read(self, ref: Ref, live: Manifest | None) -> None:
        """A look read or wrote the object. Nobody is told: the look knows it already.

        That something is missing is always believed: the next look would find it.
        """
        if live is None:
            self._set(ref, None)
            return
        known, version = self.get(ref), version_of(live)
        if version > (known.version if known else self._gone.get(ref, 0)) or not version:
            self._set(ref, self.of(live))

    def replace(self, kind: Kind, found: Mapping[Ref, Digest]) -> None:
        """All that there is of a kind: what is not among it is gone."""
        for ref in [ref for ref in self._by_kind[kind] if ref not in found]:
            self._tell(ref, self._set(ref, None))
        for ref, digest in found.items():
            self._gone.pop(ref, None)
            self._tell(ref, self._set(ref, digest))

    def forget_kind(self, kind: Kind) -> None:
        self.replace(kind, {})

    def _set(self, ref: Ref, after: Digest | None) -> Digest | None:
        """Put it in place; the answer is what was there before."""
        shelf = self._by_kind[ref.group, ref.kind]
        before = shelf.pop(ref, None) if after is None else shelf.get(ref)
        if before is not None:
            self._owned[before.owner].discard(ref)
        if after is not None:
            shelf[ref] = after
            if after.owner:
                self._owned[after.owner].add(ref)
        return before

    def _tell(self, ref: Ref, before: Digest | None) -> None:
        after = self.get(ref)
        if before != after:
            self._changed(ref, before, after)


def version_of(live: Manifest) -> int:
    """The resourceVersion as a number, by which states of one object can be ordered; 0 where the
    server's are no numbers.

    https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
    """
    version = str((live.get("metadata") or {}).get("resourceVersion") or "")
    return int(version) if version.isdecimal() else 0
