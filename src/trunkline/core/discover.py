"""What the files of a snapshot declare: Applications, ApplicationSets, AppProjects, clusters,
and repositories.

Every YAML or JSON document is looked at, charts' templates apart, for they are no YAML yet. A
document that cannot be read is a finding and hides no other. Most files are passed over by a look
at their bytes, so that a large repository is read in a moment.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from trunkline.core.argo.argocd_cm import may_configure
from trunkline.core.argo.cluster_secret import SECRET_TYPE, is_cluster_secret
from trunkline.core.argo.customizations import is_rule_file
from trunkline.core.argo.repository_secret import is_repository_secret
from trunkline.core.argo.scope import Scope
from trunkline.core.desired import ARGO_GROUP, ARGO_KINDS
from trunkline.core.finding import Finding, Severity
from trunkline.core.lfs import REMEDY as LFS
from trunkline.core.lfs import is_pointer
from trunkline.core.manifest import Manifest, group_of
from trunkline.core.snapshot import Snapshot, SnapshotError
from trunkline.core.yaml import YamlError, attempts, load

SUFFIXES = (".yaml", ".yml", ".json")

_ARGO = re.compile(rb"argoproj\.io/v1alpha1")
_KINDS = re.compile(rb"Application|AppProject")
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")


class Declaration(Struct, frozen=True, eq=False, weakref=True):
    """One object of a file, with the place where its document begins. Equal to itself alone."""

    manifest: Manifest
    file: str
    line: int


class ArgoConfig(Struct, frozen=True):
    """A file that may hold an `argocd-cm` that counts here."""

    file: str


Held = Declaration | ArgoConfig | Finding


class Declared(Struct):
    """`findings` are about files that could not be read whole. `health_files` are rules of the
    folder form; `argo_configs` are files that may hold an `argocd-cm` that counts, patches too."""

    applications: list[Declaration] = field(default_factory=list)
    sets: list[Declaration] = field(default_factory=list)
    projects: list[Declaration] = field(default_factory=list)
    clusters: list[Declaration] = field(default_factory=list)
    repositories: list[Declaration] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    health_files: list[str] = field(default_factory=list)
    argo_configs: list[str] = field(default_factory=list)

    def hold(self, one: Held) -> None:
        """Put what a file holds where it belongs."""
        match one:
            case Finding():
                self.findings.append(one)
            case ArgoConfig():
                self.argo_configs.append(one.file)
            case Declaration():
                self.take(one)

    def take(self, one: Declaration) -> None:
        """Put a declaration where it belongs; anything else is passed over."""
        manifest = one.manifest
        if is_cluster_secret(manifest):
            self.clusters.append(one)
        elif is_repository_secret(manifest):
            self.repositories.append(one)
        elif group_of(str(manifest.get("apiVersion"))) == ARGO_GROUP:
            lists = {
                "Application": self.applications,
                "ApplicationSet": self.sets,
                "AppProject": self.projects,
            }
            if manifest.get("kind") in lists:
                lists[str(manifest["kind"])].append(one)


class FilesRead(Struct):
    """What files were found to hold, by their object ids: of a later commit only those that
    changed are read. Most hold nothing for us, wherever they lie; broken ones are read anew."""

    held: dict[tuple[str, str], tuple[Held, ...]] = field(default_factory=dict)
    nothing: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    """Files and directories that Applications are made of and that mention none of Argo CD's kinds,
    by their object ids."""
    grown: bool = False
    """Whether more is known than when it was begun, or unpacked."""
    _asked: set[str] = field(default_factory=set)

    def of(self, snapshot: Snapshot, path: str, largest: int) -> tuple[Held, ...]:
        """What the file holds, and what is wrong with it."""
        object_id = snapshot.object_id(path) or ""
        self._asked.add(object_id)
        if object_id in self.nothing:
            return ()
        known = self.held.get((object_id, path))
        if known is not None:
            return known
        self.grown = True
        found = tuple(_read(snapshot, path, largest))
        if not found:
            self.nothing.add(object_id)
        elif not any(isinstance(one, Finding) for one in found):
            self.held[object_id, path] = found
        return found

    def is_silent(self, object_id: str) -> bool:
        """Whether what has this id is known to mention none of Argo CD's kinds."""
        self._asked.add(object_id)
        return object_id in self.silent

    def found_silent(self, object_id: str) -> None:
        self.grown = True
        self.silent.add(object_id)

    def packed(self) -> dict[str, Any]:
        """What was asked for, as plain JSON for the next process. No Secret is in it."""
        held = [
            [*key, [[one.line, one.manifest] for one in found if isinstance(one, Declaration)]]
            for key, found in self.held.items()
            if key[0] in self._asked and all(map(_is_public, found))
        ]
        return {
            "nothing": sorted(self.nothing & self._asked),
            "silent": sorted(self.silent & self._asked),
            "held": held,
        }

    @classmethod
    def unpacked(cls, data: Mapping[str, Any]) -> FilesRead:
        """What `packed` gave. Raises KeyError, TypeError, ValueError for anything else."""
        held: dict[tuple[str, str], tuple[Held, ...]] = {
            (str(object_id), str(path)): tuple(Declaration(one, path, line) for line, one in found)
            for object_id, path, found in data["held"]
        }
        return cls(held, set(data["nothing"]), set(data["silent"]))

    def bounded(self) -> None:
        """Forget all where it has become too much: reading anew costs time only."""
        passed_over = len(self.nothing) + len(self.silent)
        if len(self.held) > _MOST_HELD or passed_over > _MOST_PASSED_OVER:
            self.held.clear()
            self.nothing.clear()
            self.silent.clear()


def _is_public(one: Held) -> bool:
    return isinstance(one, Declaration) and one.manifest.get("kind") != "Secret"


_MOST_HELD, _MOST_PASSED_OVER = 20_000, 300_000


def declared(snapshot: Snapshot, scope: Scope, files: FilesRead | None = None) -> Declared:
    """Everything that the snapshot's files declare, in the order of paths and lines.

    `files` remembers what it read for the next snapshot.
    """
    files = files if files is not None else FilesRead()
    files.bounded()
    found = Declared()
    paths = list(snapshot.paths())
    skipped = _template_folders(paths)
    patches = _patches(snapshot, paths)
    for path in paths:
        if is_rule_file(path) and scope.holds(path):
            found.health_files.append(path)
        if not path.endswith(SUFFIXES) or not scope.holds(path):
            continue
        if path in patches:
            _read_patch(snapshot, path, found)
            continue
        if any(path.startswith(folder) for folder in skipped.get(path.split("/", 1)[0], ())):
            continue
        for one in files.of(snapshot, path, scope.max_bytes):
            found.hold(one)
    return found


def _read_patch(snapshot: Snapshot, path: str, found: Declared) -> None:
    """A patch is a part of an object and declares nothing; the way to health rules and options,
    though, is most often a patch of `argocd-cm`."""
    try:
        if snapshot.entry(path) == "file" and may_configure(snapshot.read(path)):
            found.argo_configs.append(path)
    except SnapshotError:
        pass  # Kustomize tells of it.


def may_declare(data: bytes) -> bool:
    """Whether a text can hold, or render to, one of Argo CD's objects or a cluster Secret."""
    return bool(_ARGO.search(data) and _KINDS.search(data)) or SECRET_TYPE.encode() in data


def _read(snapshot: Snapshot, path: str, largest: int) -> Iterator[Held]:
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


def _template_folders(paths: Sequence[str]) -> dict[str, list[str]]:
    """`<chart>/templates/` and `<chart>/charts/` of every chart, by their first directory."""
    found: dict[str, list[str]] = {}
    for path in paths:
        if posixpath.basename(path) == "Chart.yaml":
            chart = posixpath.dirname(path)
            for name in ("templates", "charts"):
                folder = posixpath.join(chart, name) + "/"
                found.setdefault(folder.split("/", 1)[0], []).append(folder)
    return found


def _patches(snapshot: Snapshot, paths: Sequence[str]) -> frozenset[str]:
    """Files that a kustomization uses as patches: parts of objects, no objects."""
    found: set[str] = set()
    for path in paths:
        if posixpath.basename(path) in KUSTOMIZATIONS:
            found |= set(_patch_files(snapshot, path))
    return frozenset(found)


def _patch_files(snapshot: Snapshot, path: str) -> Iterator[str]:
    try:
        whole = load(snapshot.read(path))
    except (SnapshotError, YamlError):
        return
    if not isinstance(whole, dict):
        return
    for one in (*_list(whole, "patchesStrategicMerge"), *_list(whole, "patches")):
        file = one.get("path") if isinstance(one, dict) else one
        if isinstance(file, str) and "\n" not in file:
            yield posixpath.normpath(posixpath.join(posixpath.dirname(path), file))


def _list(whole: Mapping[str, object], key: str) -> list[object]:
    found = whole.get(key)
    return found if isinstance(found, list) else []
