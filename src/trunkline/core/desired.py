"""From what a renderer gave to what a cluster should hold.

Lists are opened, namespaces filled in by scope, duplicates told, and whatever the project forbids
is taken out with a finding. What is left is the desired state of one component in one cluster:
the same value that a plan compares and a sync applies.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable

import orjson
from msgspec import Struct
from msgspec.structs import asdict, replace

from trunkline.core.component import Component, IgnoreRule
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
from trunkline.core.unstable import Leaf, with_kept

ARGO_GROUP = "argoproj.io"
ARGO_KINDS = frozenset({"Application", "ApplicationSet", "AppProject"})

NO_OBJECT = "not-an-object"
ONLY_CREATED = "not-only-created"
REMEDY = "ignoreDifferences with RespectIgnoreDifferences=true leaves what others change"
_WARNINGS = ("duplicate-object", ONLY_CREATED)

Veto = Callable[[Ref, bool], str]
"""Asked with a ref and whether its kind is namespaced: why the object is forbidden, or ""."""


class Desired(Struct, frozen=True):
    """`manifests` are what is applied; `declared` are the Applications, ApplicationSets and
    AppProjects of an app of apps, which become components and are not applied themselves.
    `error` says why there is no render, or none that may be acted on; `manifests` is then empty and
    means nothing; `lacks` is the unit of infrastructure whose outputs are not there for it.
    `unstable` are the values that each render makes anew.
    """

    component: Component
    cluster: str
    manifests: tuple[Manifest, ...] = ()
    declared: tuple[Manifest, ...] = ()
    findings: tuple[Finding, ...] = ()
    error: str = ""
    unstable: tuple[Leaf, ...] = ()
    lacks: str = ""

    def beside(self, standing: Callable[[Ref], Manifest | None]) -> Desired:
        """The same with what stands already where a render makes something anew."""
        if not self.unstable:
            return self
        return replace(self, manifests=with_kept(self.manifests, self.unstable, standing))

    @property
    def refs(self) -> frozenset[Ref]:
        return frozenset(Ref.of(one) for one in self.manifests)


def settle(
    component: Component, cluster: str, documents: Iterable[object], scopes: Scopes, veto: Veto
) -> Desired:
    """The desired state of a component, from the documents that its sources rendered to."""
    findings: list[Finding] = []

    def tell(rule: str, message: str, ref: Ref | None = None, remedy: str = "") -> None:
        findings.append(
            Finding(
                rule,
                message,
                Severity.WARNING if rule in _WARNINGS else Severity.ERROR,
                file=component.origin.file,
                line=component.origin.line,
                component=component.id,
                cluster=cluster,
                ref=ref,
                remedy=remedy,
            )
        )

    objects = list(_objects(documents, tell))
    scopes = scopes.with_crds(objects)
    kept: dict[tuple[Ref, int], Manifest] = {}
    declared: list[Manifest] = []
    for position, one in enumerate(objects):
        if _is_declaration(one):
            declared.append(one)
            continue
        placed = scopes.placed(one, component.destination.namespace)
        ref = Ref.of(placed)
        if reason := veto(ref, scopes.namespaced(ref.group, ref.kind)):
            tell("forbidden-object", f"{ref}: {reason}", ref, "ask the owner of the project")
            continue
        if is_only_created(annotations_of(placed)):
            said = f"{ref} is applied although Flux only created it: {SSA} says IfNotPresent"
            tell(ONLY_CREATED, said, ref, REMEDY)
        # Every render of a generateName is an object of its own.
        key = (ref, 0 if one["metadata"].get("name") else position + 1)
        if key in kept:
            tell("duplicate-object", f"{ref} is rendered twice; the last one is used", ref)
            del kept[key]
        kept[key] = placed
    manifests = tuple(kept.values())
    # What a document without a name or a kind was meant to be cannot be told from what is gone.
    broken = Counter(one.message for one in findings if one.rule == NO_OBJECT)
    messages = (f"{one} ({count} times)" if count > 1 else one for one, count in broken.items())
    error = f"{component.id}: {'; '.join(messages)}" if broken else ""
    manifests = () if error else manifests
    return Desired(component, cluster, manifests, tuple(declared), tuple(findings), error)


def _objects(documents: Iterable[object], tell: Callable[[str, str], None]) -> Iterable[Manifest]:
    for document in documents:
        if document is None or document == {}:
            continue
        try:
            yield from flattened(checked(document))
        except NotAManifest as error:
            tell(NO_OBJECT, str(error))


def _is_declaration(manifest: Manifest) -> bool:
    group, _, _ = str(manifest.get("apiVersion")).partition("/")
    return group == ARGO_GROUP and manifest.get("kind") in ARGO_KINDS


def fingerprint(manifest: Manifest) -> str:
    """The SHA-256 of a manifest's canonical JSON: equal exactly when the data is equal."""
    data = orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.sha256(data).hexdigest()


def judged(manifest: Manifest, ignore: Iterable[IgnoreRule]) -> str:
    """What a verdict is about, as a hash: the manifest, and the differences ignored in it."""
    rules = [asdict(rule) for rule in ignore if rule.applies_to(Ref.of(manifest))]
    return fingerprint({"manifest": manifest, "ignore": rules} if rules else manifest)


def live_digest(live: Manifest) -> str:
    """What an apply to this object depends on, as a hash: all but its status and its versions.

    A resourceVersion changes with every status, and comes again when a cluster is restored from a
    backup; this does neither.
    """
    metadata = {
        key: value
        for key, value in (live.get("metadata") or {}).items()
        if key not in ("resourceVersion", "managedFields")
    }
    managers = [
        {key: value for key, value in one.items() if key != "time"}
        for one in (live.get("metadata") or {}).get("managedFields") or ()
        if not one.get("subresource")
    ]
    body = {key: value for key, value in live.items() if key not in ("status", "metadata")}
    return fingerprint({**body, "metadata": metadata, "managers": managers})
