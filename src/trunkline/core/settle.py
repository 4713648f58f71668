"""From what a renderer gave to what a cluster should hold.

Lists are opened, namespaces filled in by scope, duplicates told, and whatever the project forbids
is taken out with a finding. What is left is the desired state of one component in one cluster.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from trunkline.core.component import Component
from trunkline.core.desired import Desired
from trunkline.core.finding import Finding, Severity
from trunkline.core.flux import SSA, is_only_created
from trunkline.core.manifest import (
    Manifest,
    NotAManifest,
    Ref,
    annotations_of,
    checked,
    flattened,
)
from trunkline.core.scope import Scopes

ARGO_GROUP = "argoproj.io"
ARGO_KINDS = frozenset({"Application", "ApplicationSet", "AppProject"})

NO_OBJECT = "not-an-object"
ONLY_CREATED = "not-only-created"
REMEDY = "ignoreDifferences with RespectIgnoreDifferences=true leaves what others change"
_WARNINGS = ("duplicate-object", ONLY_CREATED)

Veto = Callable[[Ref, bool], str]
"""Asked with a ref and whether its kind is namespaced: why the object is forbidden, or ""."""


def settle(
    component: Component, cluster: str, documents: Iterable[object], scopes: Scopes, veto: Veto
) -> Desired:
    """The desired state of a component, from the documents that its sources rendered to."""
    work = _Settling(component, cluster)
    objects = list(work.objects(documents))
    declared = tuple(one for one in objects if _is_declaration(one))
    manifests = work.kept(objects, scopes.with_crds(objects), veto)
    error = work.error
    return Desired(
        component, cluster, () if error else manifests, declared, tuple(work.findings), error
    )


class _Settling:
    """One component's documents, and what is found in them."""

    def __init__(self, component: Component, cluster: str) -> None:
        self.findings: list[Finding] = []
        self._component = component
        self._cluster = cluster

    def objects(self, documents: Iterable[object]) -> Iterable[Manifest]:
        """Every object of the documents; what is none is told."""
        for document in documents:
            if document is None or document == {}:
                continue
            try:
                yield from flattened(checked(document))
            except NotAManifest as error:
                self._tell(NO_OBJECT, str(error))

    def kept(self, objects: Iterable[Manifest], scopes: Scopes, veto: Veto) -> tuple[Manifest, ...]:
        """What is applied of them, each in its namespace, and the last of those with one name."""
        found: dict[tuple[Ref, int], Manifest] = {}
        for position, one in enumerate(objects):
            if _is_declaration(one):
                continue
            placed = scopes.placed(one, self._component.destination.namespace)
            ref = Ref.of(placed)
            if reason := veto(ref, scopes.namespaced(ref.group, ref.kind)):
                remedy = "ask the owner of the project"
                self._tell("forbidden-object", f"{ref}: {reason}", ref, remedy)
                continue
            self._look_at_orders(placed, ref)
            # Every render of a generateName is an object of its own.
            key = (ref, 0 if one["metadata"].get("name") else position + 1)
            if found.pop(key, None) is not None:
                said = f"{ref} is rendered twice; the last one is used"
                self._tell("duplicate-object", said, ref)
            found[key] = placed
        return tuple(found.values())

    @property
    def error(self) -> str:
        """What a document without a name or a kind was meant to be cannot be told from what is
        gone."""
        broken = Counter(one.message for one in self.findings if one.rule == NO_OBJECT)
        said = (f"{one} ({count} times)" if count > 1 else one for one, count in broken.items())
        return f"{self._component.id}: {'; '.join(said)}" if broken else ""

    def _look_at_orders(self, manifest: Manifest, ref: Ref) -> None:
        """Tell what an object asks of Flux, and nobody does here."""
        if is_only_created(annotations_of(manifest)):
            said = f"{ref} is applied although Flux only created it: {SSA} says IfNotPresent"
            self._tell(ONLY_CREATED, said, ref, REMEDY)

    def _tell(self, rule: str, message: str, ref: Ref | None = None, remedy: str = "") -> None:
        self.findings.append(
            Finding(
                rule,
                message,
                Severity.WARNING if rule in _WARNINGS else Severity.ERROR,
                file=self._component.origin.file,
                line=self._component.origin.line,
                component=self._component.id,
                cluster=self._cluster,
                ref=ref,
                remedy=remedy,
            )
        )


def _is_declaration(manifest: Manifest) -> bool:
    group, _, _ = str(manifest.get("apiVersion")).partition("/")
    return group == ARGO_GROUP and manifest.get("kind") in ARGO_KINDS
