"""Objects that are healed again and again: who undoes it, and how long to leave it be.

Somebody who changes an object twice in a row is answered twice at once. From the third time on
the pauses double, so that two controllers that fight over a field do not become a hot loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from trunkline.core.diff import Masker, difference
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.marks import MANAGER

AT_ONCE = 2
FIRST_PAUSE, LAST_PAUSE = 1.0, 300.0
# After so long without a fight, all is forgotten.
FORGOTTEN = 900.0


class Bout(Struct, frozen=True):
    """`times` healed; `until` is when the object may be healed again."""

    times: int
    last: float
    until: float

    @property
    def pause(self) -> float:
        return self.until - self.last


class Fights:
    """The heals of one cluster. `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._bouts: dict[Ref, Bout] = {}

    def healed(self, ref: Ref) -> Bout:
        """Count one heal of the object."""
        now, known = self._clock(), self._bouts.get(ref)
        times = known.times + 1 if known and now - known.last < FORGOTTEN else 1
        bout = Bout(times, now, now + pause_after(times))
        self._bouts[ref] = bout
        self._forget(now)
        return bout

    def held(self, refs: Iterable[Ref]) -> dict[Ref, float]:
        """Those of these objects that are left be, and for how many seconds more."""
        now = self._clock()
        left = ((ref, self._bouts[ref].until - now) for ref in refs if ref in self._bouts)
        return {ref: seconds for ref, seconds in left if seconds > 0}

    def _forget(self, now: float) -> None:
        for ref, bout in list(self._bouts.items()):
            if now - bout.last > FORGOTTEN:
                del self._bouts[ref]


def pause_after(times: int) -> float:
    if times < AT_ONCE:
        return 0.0
    return float(min(FIRST_PAUSE * 2.0 ** min(times - AT_ONCE, 30), LAST_PAUSE))


def first_field(before: Manifest | None, after: Manifest | None) -> str:
    """The place of the first field that differs, "" where the whole object does."""
    if before is None or after is None:
        return ""
    fields = difference(before, after, masker=Masker.of([before, after])).fields
    return fields[0].path if fields else ""


def other_writer(live: Manifest | None) -> str:
    """The field manager, not ours, that wrote the object last; "" where none says so."""
    entries = ((live or {}).get("metadata") or {}).get("managedFields") or ()
    others = [
        (str(one.get("time") or ""), str(one.get("manager") or ""))
        for one in entries
        if one.get("manager") != MANAGER and one.get("subresource") != "status"
    ]
    return max(others, default=("", ""))[1]
