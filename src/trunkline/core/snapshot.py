"""The files of one commit, read without a work tree.

Core sees them through this Protocol. The Git edge gives the real one; `FilesSnapshot` is its
sibling over a dictionary, for tests and for trees that exist only in memory. Paths are relative
to the repository's root, with `/`, without a leading slash; "" is the root itself.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Literal, Protocol

from trunkline.core.trouble import Trouble

Entry = Literal["file", "directory", "link", "submodule"]


class SnapshotError(Trouble):
    """A path that cannot be read; the message names the path and the reason."""


class Snapshot(Protocol):
    """One commit's files. Links are followed inside the tree only, never out of it."""

    @property
    def commit(self) -> str:
        """The commit's full id."""

    def entry(self, path: str) -> Entry | None:
        """What stands at this path, links not followed; None where nothing does."""

    def read(self, path: str) -> bytes:
        """A file's bytes. Raises SnapshotError: not there, no file, a link that leaves the tree."""

    def followed(self, path: str) -> str:
        """The path with every link on the way followed. Raises SnapshotError if one leaves."""

    def object_id(self, path: str) -> str | None:
        """An id that changes exactly when the file or the tree at this path changes."""

    def paths(self, under: str = "", *, deep: bool = True) -> Iterator[str]:
        """Every file and link below a directory, in sorted order; submodules are left out. Not
        `deep`: those that lie in it and not below one of its directories.
        """

    def links(self, under: str = "") -> tuple[str, ...]:
        """The links among `paths`: few or none, and asked for with every render."""


@lru_cache(maxsize=100_000)
def normal_path(path: str) -> str:
    """The path without `.`, `..`, doubled slashes. Raises SnapshotError if it leaves the root."""
    if "\0" in path:
        raise SnapshotError("a path cannot hold a NUL byte")
    clean = posixpath.normpath(path.lstrip("/")) if path.lstrip("/") else "."
    if clean == ".." or clean.startswith("../"):
        raise SnapshotError(f"{path}: leaves the repository")
    return "" if clean == "." else clean


def missing(snapshot: Snapshot, path: str) -> str:
    """Why nothing is at this path, in words that follow it."""
    parts = path.split("/")
    above = ("/".join(parts[:count]) for count in range(1, len(parts)))
    inside = next((one for one in above if snapshot.entry(one) == "submodule"), "")
    return f"lies in the submodule {inside}, which is not read" if inside else "does not exist"


class FilesSnapshot:
    """A snapshot over a dictionary from path to bytes (or text)."""

    def __init__(self, files: Mapping[str, bytes | str], commit: str = "") -> None:
        self._files = {
            normal_path(path): data.encode() if isinstance(data, str) else data
            for path, data in files.items()
        }
        self._commit = commit or self._digest("")

    @property
    def commit(self) -> str:
        return self._commit

    def entry(self, path: str) -> Entry | None:
        path = normal_path(path)
        if path in self._files:
            return "file"
        return "directory" if next(self.paths(path), None) is not None else None

    def read(self, path: str) -> bytes:
        clean = normal_path(path)
        try:
            return self._files[clean]
        except KeyError:
            raise SnapshotError(f"{clean}: no such file at {self._commit[:8]}") from None

    def followed(self, path: str) -> str:
        return normal_path(path)

    def object_id(self, path: str) -> str | None:
        path = normal_path(path)
        return self._digest(path) if self.entry(path) else None

    def paths(self, under: str = "", *, deep: bool = True) -> Iterator[str]:
        prefix = f"{normal_path(under)}/" if normal_path(under) else ""
        found = (path for path in sorted(self._files) if path.startswith(prefix))
        return (path for path in found if deep or "/" not in path[len(prefix) :])

    def links(self, under: str = "") -> tuple[str, ...]:
        return ()

    def _digest(self, under: str) -> str:
        if under in self._files:
            return hashlib.sha1(b"blob" + self._files[under]).hexdigest()
        whole = hashlib.sha1(b"tree")
        for path in self.paths(under):
            whole.update(path[len(under) :].encode() + b"\0")
            whole.update(hashlib.sha1(self._files[path]).digest())
        return whole.hexdigest()
