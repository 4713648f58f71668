"""A snapshot with other snapshots in it, each at a place of its own.

What lies at a mount is read from there and cannot leave it; whoever lists the snapshot's files sees
no mount.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trunkline.core.snapshot import Entry, Snapshot, normal_path


class MountedSnapshot:
    """Satisfies `core.snapshot.Snapshot`."""

    def __init__(self, snapshot: Snapshot, mounts: Mapping[str, Snapshot]) -> None:
        self._snapshot = snapshot
        self.mounts = mounts

    @property
    def commit(self) -> str:
        return self._snapshot.commit

    def entry(self, path: str) -> Entry | None:
        snapshot, _, inner = self._found(path)
        return snapshot.entry(inner)

    def read(self, path: str) -> bytes:
        snapshot, _, inner = self._found(path)
        return snapshot.read(inner)

    def followed(self, path: str) -> str:
        snapshot, mount, inner = self._found(path)
        return _placed(mount, snapshot.followed(inner))

    def object_id(self, path: str) -> str | None:
        snapshot, _, inner = self._found(path)
        return snapshot.object_id(inner)

    def paths(self, under: str = "", *, deep: bool = True) -> Iterator[str]:
        snapshot, mount, inner = self._found(under)
        return (_placed(mount, one) for one in snapshot.paths(inner, deep=deep))

    def links(self, under: str = "") -> tuple[str, ...]:
        snapshot, mount, inner = self._found(under)
        return tuple(_placed(mount, one) for one in snapshot.links(inner))

    def _found(self, path: str) -> tuple[Snapshot, str, str]:
        """The snapshot that holds a path, the mount it is at, and the path in it."""
        clean = normal_path(path)
        for mount, snapshot in self.mounts.items():
            if clean == mount or clean.startswith(f"{mount}/"):
                return snapshot, mount, clean.removeprefix(mount).lstrip("/")
        return self._snapshot, "", clean


def _placed(mount: str, path: str) -> str:
    return f"{mount}/{path}".rstrip("/") if mount else path
