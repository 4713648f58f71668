"""One commit's files, read from Git objects.

Trees and blobs are looked up as they are asked for; both are remembered within bounds, because
discovery and the renders of many components ask for the same ones. Links are followed inside the
tree only: one that leaves it, or leads back to itself, is refused.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import lru_cache
from typing import cast

import pygit2

from trunkline.core.snapshot import Entry, SnapshotError, normal_path
from trunkline.edge.git.errors import GitError
from trunkline.edge.git.names import found_in, name_of
from trunkline.edge.git.partial import whole_clone
from trunkline.edge.git.trees import directly, walked

# What Git allows in a tree: file, executable, link, submodule, directory.
_KINDS: dict[int, Entry] = {
    0o100644: "file",
    0o100755: "file",
    0o100664: "file",
    0o120000: "link",
    0o160000: "submodule",
    0o040000: "directory",
}

MISSING = (KeyError, pygit2.GitError)
"""What pygit2 raises for an object that is not there, or is damaged."""

MAX_LINKS = 20
LONGEST_LINK = 4096


class GitSnapshot:
    """Satisfies `core.snapshot.Snapshot`. Not for several threads at once: pygit2 is not."""

    def __init__(self, repository: pygit2.Repository, commit: pygit2.Commit) -> None:
        self._repository = repository
        self._commit = commit
        self.root = cast(pygit2.Tree, self._object(str(commit.tree_id), "the tree"))
        self._found = lru_cache(maxsize=50_000)(self._lookup)
        # libgit2 parses a large tree anew for each of its entries that is asked for.
        self._tree = lru_cache(maxsize=256)(self._directory)
        self._blob = lru_cache(maxsize=512)(self._read_blob)
        self._led = lru_cache(maxsize=50_000)(self._follow)
        self._linked = lru_cache(maxsize=5_000)(self._links)

    @property
    def commit(self) -> str:
        return str(self._commit.id)

    def entry(self, path: str) -> Entry | None:
        found = self._found(normal_path(path))
        return _KINDS.get(found[0]) if found else None

    def object_id(self, path: str) -> str | None:
        found = self._found(normal_path(path))
        return found[1] if found else None

    def read(self, path: str) -> bytes:
        clean = self.followed(path)
        found = self._found(clean)
        if found is None:
            raise SnapshotError(f"{clean}: no such file at {self.commit[:8]}")
        if _KINDS.get(found[0]) != "file":
            raise SnapshotError(f"{clean}: is a {_KINDS.get(found[0], 'strange entry')}, no file")
        return self._content(found[1], clean)

    def followed(self, path: str) -> str:
        """The path with every link on the way followed. Raises SnapshotError if one leaves."""
        return self._led(path)

    def _follow(self, path: str) -> str:
        parts, walked, links = normal_path(path).split("/"), "", 0
        while parts:
            part = parts.pop(0)
            here = f"{walked}/{part}" if walked else part
            if self.entry(here) != "link":
                walked = here
                continue
            links += 1
            if links > MAX_LINKS:
                raise SnapshotError(f"{path}: links lead in a circle")
            parts = self._target(here, path).split("/") + parts
            walked = ""
            parts = normal_path("/".join(parts)).split("/")
        return walked

    def _target(self, link: str, path: str) -> str:
        found = self._found(link)
        assert found is not None
        data = self._content(found[1], link)
        if len(data) > LONGEST_LINK:
            raise SnapshotError(f"{path}: the link {link} is longer than any path")
        target = name_of(data)
        if target.startswith("/"):
            raise SnapshotError(f"{path}: the link {link} points out of the repository")
        joined = posixpath.normpath(posixpath.join(posixpath.dirname(link), target))
        if joined == ".." or joined.startswith("../"):
            raise SnapshotError(f"{path}: the link {link} points out of the repository")
        return "" if joined == "." else joined

    def paths(self, under: str = "", *, deep: bool = True) -> Iterator[str]:
        return self._below(under, ("file", "link"), deep=deep)

    def links(self, under: str = "") -> tuple[str, ...]:
        return self._linked(normal_path(under))

    def _links(self, under: str) -> tuple[str, ...]:
        return tuple(self._below(under, ("link",)))

    def _below(self, under: str, kinds: tuple[Entry, ...], *, deep: bool = True) -> Iterator[str]:
        clean = self.followed(under) if under else ""
        start = self._tree(clean)
        prefix = f"{normal_path(under)}/" if clean else ""
        if start is None:
            return
        found = walked(start, prefix, self.tree_of) if deep else directly(start, prefix)
        for path, one in found:
            if _KINDS.get(one.filemode) in kinds:
                yield path

    def tree_of(self, object_id: str, path: str) -> pygit2.Tree:
        """A tree by its id; the path is for the error. Raises GitError."""
        return cast(pygit2.Tree, self._object(object_id, path))

    def _directory(self, path: str) -> pygit2.Tree | None:
        if not path:
            return self.root
        found = self._found(path)
        if found is None or _KINDS.get(found[0]) != "directory":
            return None
        return cast(pygit2.Tree, self._object(found[1], path))

    def _lookup(self, path: str) -> tuple[int, str] | None:
        if not path:
            return 0o040000, str(self.root.id)
        directory, _, name = path.rpartition("/")
        tree = self._tree(directory)
        if tree is None:
            return None
        found = found_in(tree, name)
        return (int(found.filemode), str(found.id)) if found is not None else None

    def _content(self, object_id: str, path: str) -> bytes:
        """The bytes of a file by its id; the path is for the error. Raises GitError."""
        try:
            return self._blob(object_id)
        except MISSING as error:
            raise self._unreadable(path, error) from error

    def _read_blob(self, object_id: str) -> bytes:
        return cast(pygit2.Blob, self._repository[object_id]).data

    def _object(self, object_id: str, path: str) -> pygit2.Object:
        try:
            return self._repository[object_id]
        except MISSING as error:
            raise self._unreadable(path, error) from error

    def _unreadable(self, path: str, error: Exception) -> GitError:
        """No finding on one file: nothing that this clone says can be relied on."""
        where = self._repository.path
        return GitError(
            f"{path} of {self.commit[:8]} cannot be read from {where}: {str(error)[:200]}",
            remedy=whole_clone(self._repository)
            or f"git -C {where} fsck says what is missing; a fresh clone has it",
        )
