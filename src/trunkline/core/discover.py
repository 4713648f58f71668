"""What the files of a snapshot declare: Applications, ApplicationSets, AppProjects, clusters,
and repositories.

Every YAML or JSON file is looked at, apart from charts' templates, which are no YAML yet, and from
patches, which are parts of objects.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from trunkline.core.argo.argocd_cm import may_configure
from trunkline.core.argo.cluster_secret import is_cluster_secret
from trunkline.core.argo.customizations import is_rule_file
from trunkline.core.argo.repository_secret import is_repository_secret
from trunkline.core.argo.scope import Scope
from trunkline.core.declaration import ArgoConfig, Declaration, Held
from trunkline.core.files_read import FilesRead
from trunkline.core.finding import Finding
from trunkline.core.manifest import group_of
from trunkline.core.settle import ARGO_GROUP
from trunkline.core.snapshot import Snapshot, SnapshotError
from trunkline.core.yaml import YamlError, load

SUFFIXES = (".yaml", ".yml", ".json")

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")


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
