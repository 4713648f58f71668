"""What Jsonnet files import, found without running them: an import's path is always a literal.

So a render depends on the files that it imports, to any depth, and on nothing else of the
repository. A path is looked for beside the importing file, then in the library paths, the last
one first; a name that only looks like an import (in a comment, say) costs nothing but its file.
https://jsonnet.org/ref/spec.html
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from trunkline.core.kinds.work import SourceWork
from trunkline.core.snapshot import SnapshotError, normal_path

_IMPORT = re.compile(r"""\bimport(?:str|bin)?\s*@?(?:"([^"\n]+)"|'([^'\n]+)')""")


def imported(work: SourceWork, files: Iterable[str], libraries: list[str]) -> list[str]:
    """The paths of all that the files import, to any depth, without the files themselves."""
    known, todo = dict.fromkeys(files), list(files)
    given = len(known)
    while todo:
        path = todo.pop()
        for name in _names(work, path):
            found = _found(work, name, [posixpath.dirname(path), *reversed(libraries)])
            if found is not None and found not in known:
                known[found] = None
                todo.append(found)
    return sorted([*known][given:])


def _names(work: SourceWork, path: str) -> Iterator[str]:
    try:
        text = work.snapshot.read(path).decode("utf-8", "replace")
    except SnapshotError as error:
        raise work.error(str(error)) from None
    return (match[1] or match[2] for match in _IMPORT.finditer(text))


def _found(work: SourceWork, name: str, folders: list[str]) -> str | None:
    """Where an import is, None for one that is nowhere: the evaluation says so with its line."""
    for folder in folders if not name.startswith("/") else ():
        try:
            path = normal_path(posixpath.join(folder, name))
            if work.snapshot.entry(work.snapshot.followed(path)) == "file":
                return path
        except SnapshotError:
            continue
    return None
