"""Files beside a chart, or in the repository of a `$ref` source, that its values come from.

A name may be a pattern: it stands for the files that it matches, in the order in which Argo CD's
walk finds them, and leaves out what the list names by itself.
https://argo-cd.readthedocs.io/en/latest/user-guide/helm/#glob-patterns-in-value-files
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from msgspec import Struct

from trunkline.core.argo.glob import BadPattern, deep_matches
from trunkline.core.kinds.work import NotHere, SourceWork, is_variable
from trunkline.core.snapshot import SnapshotError
from trunkline.core.sources.file import NAME, RemoteFile, is_remote_file

_WORD = re.compile(r"[\w-]+")
_WILD = frozenset("*?[{")


class Place(Struct, frozen=True):
    """A path in one of the snapshots."""

    repository: str
    path: str


def chosen(work: SourceWork, names: Sequence[str], *, ignore_missing: bool) -> list[Place]:
    """The values files that the entries stand for. Raises RenderError for one that is missing."""
    entries = [
        (field := f"helm.valueFiles[{number}]", located(work, name, field))
        for number, name in enumerate(names)
    ]
    listed = {place for _, place in entries if not _is_pattern(place)}
    found: list[Place] = []
    for field, place in entries:
        matched = _matched(work, place, field)
        if not matched and not ignore_missing:
            raise work.error(_missing(work, field, place))
        if _is_pattern(place):
            matched = [one for one in matched if one not in listed and one not in found]
        found += matched
    return found


def located(work: SourceWork, name: str, field: str) -> Place:
    """The snapshot and path that a name stands for: beside the chart, or of a `$ref`. What stands
    first is a ref where there is one, and else a variable as anywhere.
    """
    reference, _, rest = name.removeprefix("$").partition("/")
    if name.startswith("$") and reference in work.refs:
        repository, base = work.refs[reference]
        return Place(repository, work.inside(work.substituted(rest), field, base=base))
    if name.startswith("$") and _WORD.fullmatch(reference) and not is_variable(reference):
        raise work.error(f"{field}: no source of {work.component.id} has ref: {reference}")
    name = work.substituted(name)
    if is_remote_file(name):
        return _fetched(work, RemoteFile(name), field)
    if "://" in name:
        raise work.error(
            f"{field}: {name} is fetched from outside",
            remedy="only https and http are: put the file into the repository",
        )
    return Place(work.repository, work.inside(name, field, base=work.root))


def _fetched(work: SourceWork, file: RemoteFile, field: str) -> Place:
    """Where a file of elsewhere is found. Raises NotHere for one that was not fetched yet."""
    if file not in work.charts:
        raise NotHere(work.error(f"{field}: a file of elsewhere is not here"), [file])
    return Place(work.charts[file], NAME)


def _matched(work: SourceWork, place: Place, field: str) -> list[Place]:
    if _is_pattern(place):
        try:
            return [Place(place.repository, path) for path in _walked(work, place)]
        except BadPattern as error:
            raise work.error(f"{field}: {error}") from None
    snapshot = work.snapshots[place.repository]
    try:
        kind = snapshot.entry(snapshot.followed(place.path))
    except SnapshotError as error:
        raise work.error(f"{field}: {error}") from None
    if kind == "directory":
        raise work.error(f"{field}: {place.path} is a directory, a file is expected")
    return [place] if kind else []


def _walked(work: SourceWork, pattern: Place) -> list[str]:
    """The paths that match; a directory's own files come before those of directories in it."""

    def order(path: str) -> list[tuple[int, str]]:
        *folders, name = path.split("/")
        return [*((1, folder) for folder in folders), (0, name)]

    paths = work.snapshots[pattern.repository].paths(_fixed(pattern.path))
    return sorted((one for one in paths if deep_matches(pattern.path, one)), key=order)


def _fixed(pattern: str) -> str:
    """The directory that all matches lie below: what stands before the first wildcard."""
    first = next(number for number, letter in enumerate(pattern) if letter in _WILD)
    return posixpath.dirname(pattern[:first])


def _is_pattern(place: Place) -> bool:
    return not _WILD.isdisjoint(place.path)


def _missing(work: SourceWork, field: str, place: Place) -> str:
    if _is_pattern(place):
        return f"{field}: {place.path} matches no file"
    commit = work.snapshots[place.repository].commit[:8]
    return f"{field}: {place.path} does not exist at {commit}"
