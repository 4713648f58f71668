"""One source of one component, with the snapshot it is read from: what every kind starts from."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from trunkline.core.component import Component, Source
from trunkline.core.infra.outputs import NOTHING, Handed
from trunkline.core.kinds.expand import expanded
from trunkline.core.rendering import Capabilities, Input, RenderError, Snapshots
from trunkline.core.snapshot import Snapshot, SnapshotError, missing, normal_path
from trunkline.core.sources.base import Base, BaseFile
from trunkline.core.sources.chart import Inflated, Wanted
from trunkline.core.sources.file import RemoteFile

Need = Wanted | Inflated | Base | BaseFile | RemoteFile
"""What a source may need of elsewhere: a chart's archive, a chart's files, a directory, a file."""


SUBMODULE = "name the submodule's own repository as the source's repoURL"


class NotHere(RenderError):
    """A source needs what lies elsewhere; with it in the work, the request can be made."""

    def __init__(self, error: RenderError, needs: Sequence[Need]) -> None:
        super().__init__(str(error), place=error.place, line=error.line, remedy=error.remedy)
        self.needs = tuple(needs)


class SourceWork(Struct, frozen=True):
    """`repository` names the source's own snapshot in `snapshots`; `refs` maps the name of each
    `$ref` source to the name of its snapshot and to its path there. `charts` names the snapshots
    of charts and of single files that were fetched, `aliases` are the URLs that `@name` in
    Chart.yaml stands for; `bases` are the places of other repositories that kustomizations name,
    None where they may not; `mounts` are all places of the snapshot that come from elsewhere;
    `loads_anywhere` lets kustomizations read files outside of their own directory; `off` are
    tools that render nothing; `handed` are the values that units of infrastructure give.
    """

    component: Component
    source: Source
    snapshots: Snapshots
    repository: str = ""
    refs: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    capabilities: Capabilities = field(default_factory=Capabilities)
    charts: Mapping[Wanted | RemoteFile, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    bases: dict[str, str] | None = None
    mounts: frozenset[str] = frozenset()
    loads_anywhere: bool = False
    off: frozenset[str] = frozenset()
    handed: Handed = NOTHING

    @property
    def snapshot(self) -> Snapshot:
        return self.snapshots[self.repository]

    @property
    def elsewhere(self) -> str:
        """What a source outside of this repository is called, "" for one inside."""
        if not self.repository:
            return ""
        if self.source.chart:
            return f"{self.source.chart} {self.snapshot.commit} of {self.source.shown_url}"
        place = f"{self.source.path or '.'} of {self.source.shown_url}"
        return f"{place} at {self.snapshot.commit[:8]}"

    @property
    def root(self) -> str:
        """The source's directory in its snapshot. Raises RenderError if there is none."""
        path = self.followed(self.inside(self.source.path, "source.path"), "source.path")
        if self.snapshot.entry(path) is None:
            why = missing(self.snapshot, path)
            remedy = SUBMODULE if "submodule" in why else ""
            raise self.error(f"source.path: {path} {why} at {self.snapshot.commit[:8]}", remedy)
        return path

    def inside(self, path: str, field_name: str, base: str = "") -> str:
        """A path of a file as the repository knows it; one that leaves it is refused."""
        joined = path if path.startswith("/") else posixpath.join(base, path)
        try:
            return normal_path(joined)
        except SnapshotError as error:
            raise self.error(f"{field_name}: {error}") from None

    def followed(self, path: str, field_name: str) -> str:
        """Where the links on the way lead. Raises RenderError if that is out of the repository."""
        try:
            return self.snapshot.followed(path)
        except SnapshotError as error:
            raise self.error(f"{field_name}: {error}") from None

    def input(self, at: str, path: str, repository: str | None = None) -> Input:
        """The file or directory as an input. Raises RenderError if it is not there.

        A link stands for what it leads to: its own id says nothing of those bytes.
        """
        name = self.repository if repository is None else repository
        snapshot = self.snapshots[name]
        try:
            path = snapshot.followed(path)
            object_id = snapshot.object_id(path)
        except SnapshotError as error:
            raise self.error(str(error)) from None
        if object_id is None:
            raise self.error(f"{path} does not exist at {snapshot.commit[:8]}")
        return Input(at, name, path, object_id)

    def error(self, message: str, remedy: str = "") -> RenderError:
        origin = self.component.origin
        return RenderError(message, place=origin.file, line=origin.line, remedy=remedy)

    def list_in(self, file: str, document: Mapping[str, Any], key: str) -> list[Any]:
        """What a file lists under a key, nothing where the key is not there. Raises RenderError for
        what is no list."""
        found = document.get(key)
        if found is None:
            return []
        if not isinstance(found, list):
            raise self.error(f"{file}: {key}: a list is expected, not {type(found).__name__}")
        return found

    def variable(self, name: str) -> str:
        """What one of Argo CD's build variables is for this source and component; "" for others.
        Only what names the commit rests on it.

        https://argo-cd.readthedocs.io/en/stable/user-guide/build-environment/
        """
        known = _VARIABLES.get(name)
        return known(self) if known else ""

    def substituted(self, text: str) -> str:
        """The text with its variables replaced."""
        return expanded(text, self.variable) if "$" in text else text


_VARIABLES: Mapping[str, Callable[[SourceWork], str]] = {
    "ARGOCD_APP_NAME": lambda work: work.component.name,
    "ARGOCD_APP_NAMESPACE": lambda work: work.component.destination.namespace,
    "ARGOCD_APP_PROJECT_NAME": lambda work: work.component.project,
    "ARGOCD_APP_REVISION": lambda work: work.snapshot.commit,
    "ARGOCD_APP_REVISION_SHORT": lambda work: work.snapshot.commit[:7],
    "ARGOCD_APP_REVISION_SHORT_8": lambda work: work.snapshot.commit[:8],
    "ARGOCD_APP_SOURCE_PATH": lambda work: work.source.path,
    "ARGOCD_APP_SOURCE_REPO_URL": lambda work: work.source.repo_url,
    "ARGOCD_APP_SOURCE_TARGET_REVISION": lambda work: work.source.target_revision,
    "KUBE_VERSION": lambda work: work.capabilities.kube_version.removeprefix("v"),
    "KUBE_API_VERSIONS": lambda work: ",".join(work.capabilities.api_versions),
}


def is_variable(name: str) -> bool:
    return name in _VARIABLES


def linked_inputs(work: SourceWork, path: str, at: str) -> list[Input]:
    """What links below a directory lead to, links in linked directories included.

    A tree's id covers the links' text but not their targets: those are inputs of their own. So is
    a file of the same directory: which one it is, links outside of it may say.
    """
    return list(_linked(work, path, at, (path,)))


def _linked(work: SourceWork, path: str, at: str, above: tuple[str, ...]) -> Iterator[Input]:
    snapshot = work.snapshot
    for one in snapshot.links(path):
        target = work.followed(one, one)
        directory = snapshot.entry(target) == "directory"
        if any(_within(folder, target) for folder in above):
            raise work.error(f"{one}: the link leads to a directory that holds it")
        place = posixpath.join(at, posixpath.relpath(one, path or "."))
        yield work.input(place, target)
        if directory:
            yield from _linked(work, target, place, (*above, target))


def _within(path: str, directory: str) -> bool:
    return not directory or path == directory or path.startswith(f"{directory}/")


def text_of(section: Mapping[str, Any] | None, key: str) -> str:
    value = (section or {}).get(key)
    return "" if value is None else str(value)
