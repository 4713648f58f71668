"""The kinds of source that Trunkline renders, each a module that satisfies `Kind`.

A kind says whether a source is its own and, purely, what a render of it depends on. The renderers
themselves run in confined processes (`edge/render`). To add one, write its module and put it into
`KINDS`; the first that claims a source gets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec.structs import replace

from trunkline.core.component import Component, Source
from trunkline.core.kinds import directory, helm, kustomize, overrides
from trunkline.core.kinds.work import SourceWork
from trunkline.core.rendering import RenderError, RenderRequest

__all__ = ["KINDS", "Kind", "SourceWork", "heeds_cluster", "kind_of", "request"]


class Kind(Protocol):
    """What a module of this package offers."""

    def claims(self, work: SourceWork) -> bool:
        """Whether the source is of this kind, by its explicit section or by its files."""

    def request(self, work: SourceWork) -> RenderRequest:
        """What the render of this source depends on.

        Raises RenderError, and NotHere for what has to be fetched first.
        """


KINDS: Sequence[tuple[str, Kind]] = (
    ("kustomize", kustomize),
    ("helm", helm),
    ("directory", directory),
)


def kind_of(work: SourceWork) -> str:
    """The name of the kind that a source is of (Argo CD's rules of detection: beside a Chart.yaml a
    kustomization counts)."""
    return _kind(work)[0]


def request(component: Component, source: Source, work: SourceWork) -> RenderRequest:
    """The render request of one source.

    Raises RenderError for what cannot be rendered, NotHere for what has to be fetched first.
    """
    work = overrides.applied(work)
    if work.source.plugin is not None:
        raise RenderError(
            f"{component.id} asks for a config management plugin, which Trunkline does not run",
            place=component.origin.file,
            line=component.origin.line,
            remedy="render with Helm, Kustomize or a directory of manifests",
        )
    made = _kind(work)[1].request(work)
    return replace(made, elsewhere=work.elsewhere)


def _kind(work: SourceWork) -> tuple[str, Kind]:
    """A tool that is off claims nothing; a source that names one is a directory then."""
    source = work.source
    named = {"helm": source.helm, "kustomize": source.kustomize}
    if any(named[one] is not None for one in named.keys() & work.off):
        return "directory", directory
    return next(one for one in KINDS if one[0] not in work.off and one[1].claims(work))


def heeds_cluster(request: RenderRequest) -> bool:
    """Whether it might be another request for a cluster with other capabilities."""
    heeds = {"directory": directory.heeds_cluster, "kustomize": kustomize.heeds_cluster}
    return heeds[request.tool](request) if request.tool in heeds else True
