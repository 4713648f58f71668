"""Rules of what keeps pods running."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trunkline.sandbox.admission.rules.fields import at, forbidden, required, unchanged, wrong
from trunkline.sandbox.admission.rules.pods import template_causes
from trunkline.sandbox.errors import Cause
from trunkline.sandbox.selectors import selects

Json = dict[str, Any]

_CHANGEABLE = frozenset(
    "replicas ordinals template updateStrategy revisionHistoryLimit "
    "persistentVolumeClaimRetentionPolicy minReadySeconds".split()
)
_FIXED = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
    "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and "
    "'minReadySeconds' are forbidden"
)


def deployment(new: Json, old: Json | None) -> Iterator[Cause]:
    yield from _selecting(new)
    yield from _counted(new)
    yield from unchanged(new, old, "spec.selector")
    strategy = at(new, "spec.strategy") or {}
    if strategy.get("type") == "Recreate" and strategy.get("rollingUpdate") is not None:
        why = "may not be specified when strategy `type` is 'Recreate'"
        yield forbidden("spec.strategy.rollingUpdate", why)


def replica_set(new: Json, old: Json | None) -> Iterator[Cause]:
    yield from _selecting(new)
    yield from _counted(new)
    yield from unchanged(new, old, "spec.selector")


def daemon_set(new: Json, old: Json | None) -> Iterator[Cause]:
    yield from _selecting(new)
    yield from unchanged(new, old, "spec.selector")


def stateful_set(new: Json, old: Json | None) -> Iterator[Cause]:
    yield from _selecting(new)
    yield from _counted(new)
    if old is not None and _fixed(new) != _fixed(old):
        yield forbidden("spec", _FIXED)


def _fixed(obj: Json) -> Json:
    return {k: v for k, v in (obj.get("spec") or {}).items() if k not in _CHANGEABLE}


def autoscaler(new: Json, _old: Json | None) -> Iterator[Cause]:
    spec = new.get("spec") or {}
    most, least = spec.get("maxReplicas", 0), spec.get("minReplicas", 1)
    if most < 1:
        yield wrong("spec.maxReplicas", most, "must be greater than 0")
    elif most < least:
        rule = "must be greater than or equal to `minReplicas`"
        yield wrong("spec.maxReplicas", most, rule)
    for key in ("kind", "name"):
        if not at(spec, f"scaleTargetRef.{key}"):
            yield required(f"spec.scaleTargetRef.{key}")


def _selecting(obj: Json) -> Iterator[Cause]:
    """A selector is needed, is not empty, and takes the pods of the template."""
    spec = obj.get("spec") or {}
    selector = spec.get("selector")
    template = spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    if not selector:
        if selector is None:
            yield required("spec.selector")
        else:
            rule = "empty selector is invalid for deployment"
            yield wrong("spec.selector", {}, rule.replace("deployment", obj["kind"].lower()))
    if not selector or not selects(selector)(labels):
        rule = "`selector` does not match template `labels`"
        yield wrong("spec.template.metadata.labels", labels, rule)
    claims = tuple(one["metadata"]["name"] for one in spec.get("volumeClaimTemplates") or ())
    yield from template_causes(template, "spec.template", policies=("Always",), claims=claims)


def _counted(obj: Json) -> Iterator[Cause]:
    count = at(obj, "spec.replicas")
    if isinstance(count, int) and count < 0:
        yield wrong("spec.replicas", count, "must be greater than or equal to 0")
