"""Walks through trees, within bounds: a few objects may name each other so often that their files
are without number, and whoever sends a pull request makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pygit2

from trunkline.edge.git.errors import GitError
from trunkline.edge.git.names import name_of, raw_name

MOST = 1_000_000
DEEPEST = 128
_DIRECTORY = 0o040000

Read = Callable[[str, str], pygit2.Tree]
"""A tree by its id and by the path at which it stands."""
Entry = tuple[str, pygit2.Object]


def walked(tree: pygit2.Tree, prefix: str, read: Read) -> Iterator[Entry]:
    """Each entry below a tree that is no directory, by path, in sorted order. Raises GitError."""
    waiting, count = [(prefix, _sorted(tree))], 0
    while waiting:
        above, entries = waiting[-1]
        found = next(entries, None)
        if found is None:
            waiting.pop()
            continue
        name, one = found
        if one.filemode == _DIRECTORY:
            _check(len(waiting), count, above)
            below = f"{above}{name}"
            waiting.append((f"{below}/", _sorted(read(str(one.id), below))))
            continue
        count += 1
        _check(len(waiting), count, above)
        yield f"{above}{name}", one


def directly(tree: pygit2.Tree, prefix: str) -> Iterator[Entry]:
    """Each entry of a tree that is no directory, in sorted order."""
    found = ((f"{prefix}{name}", one) for name, one in _sorted(tree))
    return (one for one in found if one[1].filemode != _DIRECTORY)


def differing(one: pygit2.Tree, other: pygit2.Tree, read: Read) -> Iterator[str]:
    """Each path that is another in the two trees, or in one of them only. Raises GitError."""
    waiting: list[tuple[str, pygit2.Tree, pygit2.Tree]] = [("", one, other)]
    count = 0
    while waiting:
        prefix, before, after = waiting.pop()
        old, new = dict(_named(before)), dict(_named(after))
        for name in old.keys() | new.keys():
            was, now = old.get(name), new.get(name)
            if was and now and (was.id, was.filemode) == (now.id, now.filemode):
                continue
            path = f"{prefix}{name}"
            if was and now and was.filemode == now.filemode == _DIRECTORY:
                _check(path.count("/") + 1, count, path)
                waiting.append((f"{path}/", read(str(was.id), path), read(str(now.id), path)))
                continue
            for side in (was, now):
                for found in _below(side, path, read) if side else ():
                    count += 1
                    _check(0, count, path)
                    yield found


def _below(entry: pygit2.Object, path: str, read: Read) -> Iterator[str]:
    if entry.filemode != _DIRECTORY:
        yield path
        return
    for found, _ in walked(read(str(entry.id), path), f"{path}/", read):
        yield found


def _named(tree: pygit2.Tree) -> Iterator[Entry]:
    return ((name_of(raw_name(one)), one) for one in tree)


def _sorted(tree: pygit2.Tree) -> Iterator[Entry]:
    return iter(sorted(_named(tree), key=lambda found: found[0]))


def _check(depth: int, count: int, path: str) -> None:
    if depth > DEEPEST:
        said = f"directories lie more than {DEEPEST} deep in each other: {path[:80]}…"
    elif count > MOST:
        said = f"more than {MOST} files"
    else:
        return
    raise GitError(f"a commit cannot be read: {said}", remedy="take them out of the commit")
