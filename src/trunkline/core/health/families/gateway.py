"""The Gateway API, and every route and policy that is attached the same way.

A route's status has one entry per parent and controller. Entries of parents that the spec does
not name any more are leftovers, and one that was written for an older spec says nothing of this
one. A parent without an entry has not looked yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trunkline.core.health.conditions import Condition, conditions_in, conditions_of
from trunkline.core.health.declared import WAITS, Conditions, not_seen
from trunkline.core.health.fields import UNOBSERVED, Fields, entries, section, text
from trunkline.core.health.status import (
    Family,
    Health,
    HealthStatus,
    degraded,
    healthy,
    progressing,
)
from trunkline.core.manifest import Manifest

# What else a controller may say of a False condition needs somebody.
MENDS = frozenset({"Pending", "NotReconciled", "AddressNotAssigned", "Waiting"})

POSITIVE = ("Accepted", "ResolvedRefs", "Programmed")
NEGATIVE = ("Conflicted", "OverlappingTLSConfig")


def gateway(manifest: Manifest) -> Health:
    """A Gateway or a ListenerSet: it is up when it is programmed, and so are its listeners."""
    if health := not_seen(manifest, ""):
        return health
    listeners = entries(section(manifest, "status"), "listeners")
    found = list(_judged(manifest, conditions_of(manifest).values()))
    for one in listeners:
        said = f"listener {text(one, 'name')}: "
        found += _judged(manifest, conditions_in(one).values(), said)
    return first_of(found) if found else progressing(WAITS)


def route(manifest: Manifest) -> Health:
    """HTTPRoute, GRPCRoute, TLSRoute, TCPRoute, UDPRoute."""
    parents = entries(section(manifest, "status"), "parents")
    wanted = [_place(manifest, one) for one in entries(section(manifest, "spec"), "parentRefs")]
    found: list[Health] = []
    for place in wanted:
        here = [one for one in parents if _place(manifest, section(one, "parentRef")) == place]
        found.append(_of_parent(manifest, here, place[3]))
    if not wanted:
        found = [_of_parent(manifest, [one], "") for one in parents]
    return first_of(found) if found else progressing("no parent has looked at it yet")


def policy(manifest: Manifest) -> Health:
    """A policy of GEP-713: one entry per ancestor that it takes effect on."""
    ancestors = entries(section(manifest, "status"), "ancestors")
    found = [
        _of_parent(manifest, [one], text(section(one, "ancestorRef"), "name")) for one in ancestors
    ]
    return first_of(found) if found else progressing("no gateway has looked at it yet")


def _of_parent(manifest: Manifest, said: list[Fields], name: str) -> Health:
    """Several controllers may serve one parent; one that has seen the newest spec counts."""
    judged = [
        health
        for one in said
        for health in _judged(manifest, conditions_in(one).values(), f"{name}: " if name else "")
    ]
    seen = [one for one in judged if one.message != UNOBSERVED]
    if seen or judged:
        return first_of(seen or judged)
    return progressing(f"waits for {name}" if name else WAITS)


def _judged(
    manifest: Manifest, conditions: Iterable[Condition], where: str = ""
) -> Iterator[Health]:
    for one in conditions:
        if one.type not in POSITIVE and one.type not in NEGATIVE:
            continue
        if one.stale(manifest):
            yield progressing(UNOBSERVED)
        elif one.true == (one.type in POSITIVE):
            yield healthy(where + one.message if one.message else "")
        elif one.type in NEGATIVE and not one.true:
            yield healthy()
        elif one.status == "Unknown" or one.reason in MENDS:
            yield progressing(where + one.said)
        else:
            yield degraded(where + one.said)


def first_of(found: Iterable[Health]) -> Health:
    """The first degraded one, else the first that progresses, else the first with a message."""
    found = list(found)
    for status in (HealthStatus.DEGRADED, HealthStatus.PROGRESSING):
        for one in found:
            if one.status is status:
                return one
    return next((one for one in found if one.message), healthy())


def _place(manifest: Manifest, ref: Fields) -> tuple[str, str, str, str, str, int]:
    """What a parentRef points at, the defaults filled in."""
    port = ref.get("port")
    return (
        text(ref, "group") or "gateway.networking.k8s.io",
        text(ref, "kind") or "Gateway",
        text(ref, "namespace") or text(section(manifest, "metadata"), "namespace"),
        text(ref, "name"),
        text(ref, "sectionName"),
        port if isinstance(port, int) else 0,
    )


DATA = Conditions("", quiet=True)

RULES: Family = {
    "gateway.networking.k8s.io": {
        "GatewayClass": Conditions(
            "Accepted", also="SupportedVersion", fatal=True, mends="Waiting Pending"
        ),
        "Gateway ListenerSet": gateway,
        "HTTPRoute GRPCRoute TLSRoute TCPRoute UDPRoute": route,
        "BackendTLSPolicy BackendLBPolicy": policy,
        "ReferenceGrant": DATA,
    },
    "gateway.networking.x-k8s.io": {
        "XListenerSet": gateway,
        "XBackendTrafficPolicy": policy,
        "XMesh": Conditions("Accepted", fatal=True, mends="Pending"),
    },
    "gateway.envoyproxy.io": {
        "BackendTrafficPolicy ClientTrafficPolicy SecurityPolicy EnvoyExtensionPolicy "
        "EnvoyPatchPolicy": policy,
        "Backend": Conditions("Accepted", fatal=True),
    },
}
