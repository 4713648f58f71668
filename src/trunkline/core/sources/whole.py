"""A commit with the files of its submodules, which lie in repositories of their own.

What a submodule holds is not here before somebody asks for it: then whoever made the snapshot hears
of it, has it fetched, and the question is asked again. Until then each question about it is
refused: to say that nothing is there would be the wrong answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from trunkline.core.snapshot import Entry, Snapshot, SnapshotError, normal_path
from trunkline.core.sources.gitmodules import FILE, resolved, urls_of

Listing = Callable[[Snapshot, str], Iterable[str]]


class Unfetched(SnapshotError):
    """A path that lies in a submodule which is not here."""


class Gitlink(Struct, frozen=True):
    """A submodule: where it stands, at which address and commit, and the address of the repository
    that holds it. `url` is "" where a relative address leads nowhere.
    """

    path: str
    url: str
    commit: str
    parent: str

    def __str__(self) -> str:
        return f"the submodule {self.path} at {self.commit[:8]}"


class WholeSnapshot:
    """Satisfies `core.snapshot.Snapshot`. `want` hears of each submodule that is asked for and not
    here; `put` brings it.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        links: Mapping[str, Gitlink],
        want: Callable[[WholeSnapshot, Gitlink], None],
    ) -> None:
        self._snapshot = snapshot
        self._links = links
        self._want = want
        self._here: dict[str, Snapshot] = {}

    def put(self, path: str, snapshot: Snapshot) -> None:
        self._here[path] = snapshot

    @property
    def commit(self) -> str:
        return self._snapshot.commit

    def entry(self, path: str) -> Entry | None:
        held, _, inner = self._found(path)
        return held.entry(inner)

    def read(self, path: str) -> bytes:
        held, _, inner = self._found(self.followed(path))
        return held.read(inner)

    def followed(self, path: str) -> str:
        led = self._snapshot.followed(path)
        held, mount, inner = self._found(led)
        return f"{mount}/{held.followed(inner)}".rstrip("/") if mount else led

    def object_id(self, path: str) -> str | None:
        """A tree says which commits its submodules are at; with their files it is another one."""
        held, mount, inner = self._found(path)
        found = held.object_id(inner)
        below = () if mount else self._below(inner)
        if found is None or not below:
            return found
        whole = hashlib.sha1(found.encode())
        for one in below:
            whole.update(f"\0{one}\0{self._held(one).object_id('')}".encode())
        return whole.hexdigest()

    def paths(self, under: str = "", *, deep: bool = True) -> Iterator[str]:
        return self._listed(under, lambda held, at: held.paths(at, deep=deep), deep=deep)

    def links(self, under: str = "") -> tuple[str, ...]:
        return tuple(self._listed(under, lambda held, at: held.links(at)))

    def _listed(self, under: str, listing: Listing, *, deep: bool = True) -> Iterator[str]:
        led, shown = self.followed(under) if under else "", normal_path(under)
        held, mount, inner = self._found(led)
        if mount:
            return (_joined(shown, one) for one in _below(listing(held, inner), inner))
        below = self._below(led) if deep else ()
        if not below:
            return iter(listing(held, under))
        found = list(listing(held, under))
        for one in below:
            place = _joined(shown, one.removeprefix(led).lstrip("/"))
            found += [_joined(place, path) for path in listing(self._held(one), "")]
        return iter(sorted(found, key=lambda path: path.split("/")))

    def _found(self, path: str) -> tuple[Snapshot, str, str]:
        """What holds a path, the submodule it lies in, "" for none, and the path there."""
        clean = normal_path(path)
        for one in self._links:
            if clean == one or clean.startswith(f"{one}/"):
                return self._held(one), one, clean[len(one) + 1 :]
        return self._snapshot, "", clean

    def _below(self, path: str) -> tuple[str, ...]:
        """The submodules below a directory, all of which are here. Raises Unfetched."""
        found = sorted(one for one in self._links if not path or one.startswith(f"{path}/"))
        self._need(*found)
        return tuple(found)

    def _held(self, path: str) -> Snapshot:
        self._need(path)
        return self._here[path]

    def _need(self, *paths: str) -> None:
        """Raises Unfetched."""
        lacking = [one for one in paths if one not in self._here]
        for one in lacking:
            self._want(self, self._links[one])
        if lacking:
            raise Unfetched(f"{lacking[0]} is a submodule, whose files are not here")


def whole(snapshot: Snapshot, url: str, want: Callable[[WholeSnapshot, Gitlink], None]) -> Snapshot:
    """The snapshot of a repository at this address with its submodules; itself where it has none.

    One that `.gitmodules` does not name stays what it is to Git, too: a commit that nobody finds.
    """
    if snapshot.entry(FILE) != "file":
        return snapshot
    named = urls_of(snapshot.read(FILE))
    links = {one.path: one for one in _links(snapshot, url, named)}
    return WholeSnapshot(snapshot, links, want) if links else snapshot


def _links(snapshot: Snapshot, url: str, named: Mapping[str, str]) -> Iterator[Gitlink]:
    for said, address in sorted(named.items()):
        try:
            path = normal_path(said)
            commit = snapshot.object_id(path)
            if commit and snapshot.entry(path) == "submodule":
                yield Gitlink(path, resolved(address, url), commit, url)
        except SnapshotError:
            continue


def _below(paths: Iterable[str], directory: str) -> Iterator[str]:
    cut = len(directory) + 1 if directory else 0
    return (one[cut:] for one in paths)


def _joined(directory: str, path: str) -> str:
    return f"{directory}/{path}" if directory else path
