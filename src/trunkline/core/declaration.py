"""What one file holds for us: declarations, a configuration of Argo CD's, or what is wrong with it.

Most files are passed over by a look at their bytes, so that a large repository is read in a moment.
A document that cannot be read is a finding and hides no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from trunkline.core.argo.argocd_cm import may_configure
from trunkline.core.argo.cluster_secret import SECRET_TYPE
from trunkline.core.finding import Finding, Severity
from trunkline.core.lfs import REMEDY as LFS
from trunkline.core.lfs import is_pointer
from trunkline.core.manifest import Manifest
from trunkline.core.settle import ARGO_KINDS
from trunkline.core.snapshot import Snapshot, SnapshotError
from trunkline.core.yaml import YamlError, attempts

_ARGO = re.compile(rb"argoproj\.io/v1alpha1")
_KINDS = re.compile(rb"Application|AppProject")


class Declaration(Struct, frozen=True, eq=False, weakref=True):
    """One object of a file, with the place where its document begins. Equal to itself alone."""

    manifest: Manifest
    file: str
    line: int


class ArgoConfig(Struct, frozen=True):
    """A file that may hold an `argocd-cm` that counts here."""

    file: str


Held = Declaration | ArgoConfig | Finding


def may_declare(data: bytes) -> bool:
    """Whether a text can hold, or render to, one of Argo CD's objects or a cluster Secret."""
    return bool(_ARGO.search(data) and _KINDS.search(data)) or SECRET_TYPE.encode() in data


def held_by(snapshot: Snapshot, path: str, largest: int) -> Iterator[Held]:
    try:
        if snapshot.entry(path) != "file":
            return  # A link's target is looked at where it lies.
        data = snapshot.read(path)
    except SnapshotError as error:
        yield Finding("unreadable-file", str(error), file=path)
        return
    if may_configure(data):
        yield ArgoConfig(path)
    if is_pointer(data):
        said = "it is only a Git LFS pointer: what it declares is not in the commit"
        yield Finding("lfs-pointer", said, Severity.WARNING, file=path, remedy=LFS)
    if not may_declare(data):
        return
    if len(data) > largest:
        said = f"it is larger than {largest // 2**20} MiB and was not read"
        yield Finding("huge-file", said, file=path)
        return
    for one in attempts(data):
        if isinstance(one, YamlError):
            yield _broken(path, one)
        else:
            for manifest in _objects(one.value):
                yield Declaration(manifest, path, one.line)


def _objects(value: object) -> Iterator[Manifest]:
    """Our objects in a document, those of lists too. What is nameless is told of by its parser,
    which knows its other mistakes too."""
    if not isinstance(value, dict):
        return
    kind, items = str(value.get("kind")), value.get("items")
    if kind.endswith("List") and isinstance(items, list):
        for one in items:
            yield from _objects(one)
    elif kind in ARGO_KINDS or kind == "Secret":
        yield value


def _broken(path: str, error: YamlError) -> Finding:
    return Finding(
        "broken-yaml",
        str(error),
        file=path,
        line=error.line,
        remedy="mend it, or exclude the file under discovery.exclude in trunkline.yaml",
    )
