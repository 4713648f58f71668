"""Kustomize, with the overrides that an Application can lay over it.

The inputs are what the kustomization reaches: the directories that it and its bases name, each
followed through their own kustomization files. The overrides become one more kustomization above
it, in the renderer.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.argo.build_options import ANYWHERE
from trunkline.core.footprint import Footprint
from trunkline.core.kinds.inflation import inflations, missing_charts
from trunkline.core.kinds.kustomization import (
    document_of,
    kustomization_of,
    paths_named_by,
    resources_of,
)
from trunkline.core.kinds.work import Need, NotHere, SourceWork, linked_inputs, text_of
from trunkline.core.rendering import Input, RenderError, RenderRequest
from trunkline.core.snapshot import Snapshot
from trunkline.core.sources.base import (
    BadBase,
    BaseFile,
    is_base_file,
    is_remote,
    mount_of,
    parse_base,
)

TREE = "tree"
"""Below this the renderer finds the repository's files at their own paths."""

HELM = "helm"
"""The option that says charts are inflated, and for which cluster."""

# The overrides of an Application in which build variables may stand.
_SUBSTITUTED = ("images", "commonLabels", "commonAnnotations")

BASES = "bases"
"""The option that says where the other repositories lie which kustomizations name."""

LOADS = "loadRestrictor"
"""The option that lets kustomizations read files outside of their own directory."""

OURS = ("root", HELM, BASES, LOADS)
"""The options that are no overrides of an Application."""


class _Reached(Struct):
    """What a kustomization reads, by path; `inflates`: charts are among it. `bases` are the places
    of what lies in other repositories, `missing` says what was not fetched yet, and how one says
    that it is not there; `outside` are names that are never fetched.
    """

    inputs: dict[str, Input] = field(default_factory=dict)
    inflates: bool = False
    bases: dict[str, str] = field(default_factory=dict)
    missing: dict[Need, RenderError] = field(default_factory=dict)
    outside: list[RenderError] = field(default_factory=list)

    @property
    def plain(self) -> bool:
        """Whether it is the same for every component: files of this repository, nothing else."""
        return not (self.inflates or self.bases or self.missing or self.outside)


def claims(work: SourceWork) -> bool:
    source = work.source
    if source.helm is not None or source.chart:
        return False
    if source.kustomize is not None:
        return True
    if source.directory is not None:
        return False
    return kustomization_of(work, work.root) is not None


def request(work: SourceWork) -> RenderRequest:
    root = work.root
    if kustomization_of(work, root) is None:
        raise work.error(f"{root} holds no kustomization.yaml")
    options = _options(work)
    reached = _walked(work, root, options)
    if reached.missing:
        raise NotHere(next(iter(reached.missing.values())), tuple(reached.missing))
    inputs = _without_nested(reached.inputs, work.mounts)
    linked = [link for one in inputs for link in linked_inputs(work, one.path, one.at)]
    options |= _helm(work) if reached.inflates else {}
    options |= {BASES: reached.bases} if reached.bases else {}
    options |= {LOADS: ANYWHERE} if work.loads_anywhere else {}
    return RenderRequest("kustomize", {"root": root, **options}, (*inputs, *linked), place=root)


def heeds_cluster(request: RenderRequest) -> bool:
    """Charts that are inflated know the cluster, and build variables name its version."""
    return not request.options.keys().isdisjoint((HELM, *_SUBSTITUTED))


def files_named(work: SourceWork) -> frozenset[str]:
    """The files of this repository that the kustomization is made of, bases' included.

    Raises RenderError.
    """
    reached = _walked(work, work.root, _options(work)).inputs.values()
    own = [one.path for one in reached if one.repository == work.repository]
    return frozenset(path for path in own if work.snapshot.entry(path) == "file")


def _walked(work: SourceWork, root: str, options: dict[str, Any]) -> _Reached:
    """All that the kustomization and the Application's components and patches reach.

    A name that leads outside is an error only behind all others: a change of any file that was
    reached is a change of the component, though nobody can render it.
    """
    reached = _from_root(work, root)
    for path in _components(work, root, options, reached):
        _follow(work, path, reached, ())
    for name in paths_named_by({"patches": options.get("patches")}):
        _reach(work, "kustomize.patches", name, root, reached, ())
    if reached.outside:
        raise reached.outside[0]
    return reached


def _from_root(work: SourceWork, root: str) -> _Reached:
    """What the kustomization itself reaches. The same one is often delivered to many clusters, and
    walked for the first of them."""

    def walk(snapshot: Snapshot) -> _Reached:
        reached = _Reached()
        there = {**work.snapshots, work.repository: snapshot}
        _follow(replace(work, snapshots=there), root, reached, ())
        return reached

    if not isinstance(work.snapshot, Footprint):
        return walk(work.snapshot)
    key = ("kustomization", work.repository, root)
    found = work.snapshot.once(key, walk, keeps=lambda one: one.plain)
    return _Reached(dict(found.inputs)) if found.plain else found


def _helm(work: SourceWork) -> dict[str, Any]:
    """What charts that are inflated get to know of the cluster."""
    section = work.source.kustomize or {}
    versions = section.get("apiVersions") or work.capabilities.api_versions
    kube = text_of(section, "kubeVersion") or work.capabilities.kube_version
    return {HELM: {"kubeVersion": kube, "apiVersions": [str(one) for one in versions]}}


def _options(work: SourceWork) -> dict[str, Any]:
    """The Application's overrides, build variables put in where Argo CD does."""
    options = {
        key: value
        for key, value in (work.source.kustomize or {}).items()
        if key not in (*OURS, "version", "kubeVersion", "apiVersions")
        and value not in (None, "", [], {})
    }
    if "images" in options:
        options["images"] = [work.substituted(str(one)) for one in options["images"]]
    substituted = ["commonLabels"]
    if options.pop("commonAnnotationsEnvsubst", False):
        substituted.append("commonAnnotations")
    for key in substituted:
        if key in options:
            pairs = options[key].items()
            options[key] = {name: work.substituted(str(value)) for name, value in pairs}
    return options


def _components(
    work: SourceWork, root: str, options: dict[str, Any], reached: _Reached
) -> list[str]:
    """The directories of the Application's components; those to leave out leave the options."""
    ignore_missing = bool(options.pop("ignoreMissingComponents", False))
    found = {}
    for one in options.get("components") or ():
        name = str(one)
        inside = _inside(work, "kustomize.components", name, root, reached)
        if inside is None:
            continue
        path = work.followed(inside, name)
        if work.snapshot.entry(path) is not None:
            found[posixpath.relpath(path, root) if is_remote(name) else name] = path
        elif not ignore_missing:
            raise work.error(f"kustomize.components: {path} does not exist")
    if "components" in options:
        options["components"] = list(found)
    return list(found.values())


def _inside(
    work: SourceWork, where: str, name: str, directory: str, reached: _Reached
) -> str | None:
    """Where a name leads, None to what is not here. Raises RenderError."""
    if not is_remote(name):
        path = work.inside(name, where, base=directory)
        if (mount := mount_of(directory)) and mount_of(path) != mount:
            raise work.error(f"{where}: {name} leads out of its repository")
        return path
    if work.bases is None:
        said = f"{where}: {name} lies outside of this repository"
        remedy = "vendor it into the repository, or set kustomize.remoteBases in trunkline.yaml"
        reached.outside.append(work.error(said, remedy))
        return None
    if name in work.bases:
        reached.bases[name] = work.bases[name]
        return work.bases[name]
    try:
        base = BaseFile(name) if is_base_file(name) else parse_base(name)
    except BadBase as error:
        raise work.error(f"{where}: {error}", remedy="vendor it into the repository") from None
    reached.missing[base] = work.error(f"{where}: {name} is not here")
    return None


def _without_nested(reached: dict[str, Input], mounts: Iterable[str]) -> list[Input]:
    """Inputs that no other input's directory covers. What is mounted in one is not of it."""

    def covers(above: str, path: str) -> bool:
        if not _within(above, path):
            return False
        return all(_within(one, above) or not _within(one, path) for one in mounts)

    kept: dict[str, Input] = {}
    for path, one in sorted(reached.items()):
        if not any(covers(above, path) for above in kept):
            kept[path] = one
    return list(kept.values())


def _within(above: str, path: str) -> bool:
    return not above or path == above or path.startswith(f"{above}/")


def _follow(work: SourceWork, directory: str, reached: _Reached, above: tuple[str, ...]) -> None:
    """Note the directory as an input, then everything outside of it that it names."""
    if directory in above:
        raise work.error(f"kustomizations name each other: {' -> '.join([*above, directory])}")
    file = kustomization_of(work, directory)
    if file is None:
        raise work.error(f"{directory} holds no kustomization.yaml")
    reached.inputs.setdefault(directory, work.input(posixpath.join(TREE, directory), directory))
    document = document_of(work, file)
    charts = inflations(work, document, directory)
    reached.missing.update(missing_charts(work, charts, directory))
    reached.inflates |= bool(charts)
    may_be_files = resources_of(document)
    for name in (*paths_named_by(document), *(path for one in charts for path in one.paths)):
        if is_base_file(name) and name not in may_be_files:
            said = f"{file}: {name} lies outside of this repository, and is not among resources"
            reached.outside.append(work.error(said, "vendor it into the repository"))
            continue
        _reach(work, file, name, directory, reached, (*above, directory))


def _reach(
    work: SourceWork,
    where: str,
    name: str,
    directory: str,
    reached: _Reached,
    above: tuple[str, ...],
) -> None:
    """Note what a name leads to; a directory with a kustomization is followed."""
    path = _inside(work, where, name, directory, reached)
    if path is None:
        return
    kind = work.snapshot.entry(path)
    if kind == "link":
        reached.inputs.setdefault(path, work.input(posixpath.join(TREE, path), path))
        path = work.followed(path, where)
        kind = work.snapshot.entry(path)
    if kind == "directory" and kustomization_of(work, path) is not None:
        _follow(work, path, reached, above)
    elif kind is not None:
        reached.inputs.setdefault(path, work.input(posixpath.join(TREE, path), path))
