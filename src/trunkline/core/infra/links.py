"""Links of a commit: what is read through one is read where it leads, and changes with that."""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from trunkline.core.snapshot import Snapshot, SnapshotError


class Links:
    """The links that lead to something in the commit itself."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._led = dict(_followed(snapshot))
        self._names = sorted(self._led)

    def beyond(self, reads: Iterable[str]) -> set[str]:
        """What is read besides, through links: the links and where they lead. A directory ends
        with `/`, and all that lies below it is read.
        """
        found: set[str] = set()
        waiting = [*reads] if self._led else []
        while waiting:
            for one in self._next(waiting.pop()):
                if one not in found:
                    found.add(one)
                    waiting.append(one)
        return found

    def _next(self, read: str) -> Iterator[str]:
        here = read.rstrip("/")
        rest = read[len(here) :]
        while here:
            if led := self._led.get(here):
                yield from (here, f"{led.rstrip('/')}{rest}")
            name = posixpath.basename(here)
            here, rest = posixpath.dirname(here), f"/{name}{rest}"
        if read.endswith("/"):
            start = bisect_left(self._names, read)
            for link in self._names[start:]:
                if not link.startswith(read):
                    break
                yield self._led[link]


def _followed(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Each link with where it leads; one that leads nowhere, or out of the commit, is none."""
    for link in snapshot.links():
        try:
            led = snapshot.followed(link)
            kind = snapshot.entry(led)
        except SnapshotError:
            continue
        if led and kind in ("file", "directory"):
            yield link, f"{led}/" if kind == "directory" else led
