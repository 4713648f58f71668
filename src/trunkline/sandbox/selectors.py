"""Label and field selectors: from a query, and from the objects that carry them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from trunkline.sandbox.errors import bad_request

Labels = Mapping[str, str]
Wanted = Callable[[Mapping[str, Any]], bool]

_SET = re.compile(r"^(?P<key>\S+)\s+(?P<how>in|notin)\s*\((?P<values>[^)]*)\)$")
_EQUAL = re.compile(r"^(?P<key>[^=!\s]+)\s*(?P<how>==|=|!=)\s*(?P<value>[^\s=!(),]*)$")


def label_selector(text: str) -> Callable[[Labels], bool]:
    """`a=b,c!=d,e in (x,y),f notin (z),g,!h`. Raises ApiStatus 400."""
    needs = [_label_need(part) for part in _parts(text)]
    return lambda labels: all(need(labels) for need in needs)


def _parts(text: str) -> Iterator[str]:
    """Split at commas outside of parentheses."""
    for part in re.split(r",(?![^(]*\))", text):
        if part.strip():
            yield part.strip()


def _label_need(part: str) -> Callable[[Labels], bool]:
    if found := _SET.match(part):
        values = {one.strip() for one in found["values"].split(",")}
        return _needs(found["key"], values, found["how"] == "in")
    if found := _EQUAL.match(part):
        return _needs(found["key"], {found["value"]}, found["how"] != "!=")
    if re.search(r"[\s=()<>]", part):
        raise bad_request(f'unable to parse requirement: "{part}"')
    if part.startswith("!"):
        return lambda labels: part[1:].strip() not in labels
    return lambda labels: part in labels


def _needs(key: str, values: set[str], inside: bool) -> Callable[[Labels], bool]:
    """Not being in a set is also true of what has no such label."""
    if inside:
        return lambda labels: labels.get(key) in values and key in labels
    return lambda labels: key not in labels or labels[key] not in values


def selects(selector: Mapping[str, Any] | None) -> Callable[[Labels], bool]:
    """A LabelSelector of an object (`matchLabels`, `matchExpressions`); an empty one takes all."""
    selector = selector or {}
    needs = [
        _needs(key, {value}, True) for key, value in (selector.get("matchLabels") or {}).items()
    ]
    needs += [_expression(one) for one in selector.get("matchExpressions") or ()]
    return lambda labels: all(need(labels) for need in needs)


def _expression(one: Mapping[str, Any]) -> Callable[[Labels], bool]:
    key, operator = str(one.get("key", "")), one.get("operator")
    if operator == "Exists":
        return lambda labels: key in labels
    if operator == "DoesNotExist":
        return lambda labels: key not in labels
    return _needs(key, set(one.get("values") or ()), operator == "In")


# Besides metadata.name and metadata.namespace, which every kind has.
FIELDS: Mapping[str, frozenset[str]] = {
    "pods": frozenset(
        "spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName "
        "spec.hostNetwork status.phase status.podIP status.nominatedNodeName".split()
    ),
    "events": frozenset(
        "involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid "
        "involvedObject.apiVersion involvedObject.resourceVersion involvedObject.fieldPath "
        "reason reportingComponent source type".split()
    ),
    "namespaces": frozenset({"status.phase"}),
    "nodes": frozenset({"spec.unschedulable"}),
    "secrets": frozenset({"type"}),
    "services": frozenset({"spec.clusterIP", "spec.type"}),
    "jobs": frozenset({"status.successful"}),
    "replicasets": frozenset({"status.replicas"}),
}
_ALWAYS = frozenset({"metadata.name", "metadata.namespace"})


def field_selector(text: str, plural: str) -> Wanted:
    """`metadata.name=a,status.phase!=Running`. Raises ApiStatus 400 for a field that has none."""
    needs = [_field_need(part, plural) for part in _parts(text)]
    return lambda obj: all(need(obj) for need in needs)


def _field_need(part: str, plural: str) -> Wanted:
    found = _EQUAL.match(part)
    if not found:
        raise bad_request(f'invalid selector: "{part}"; can\'t understand "{part}"')
    key, value, same = found["key"], found["value"], found["how"] != "!="
    if key not in _ALWAYS and key not in FIELDS.get(plural, ()):
        raise bad_request(_unsupported(key, plural))
    path = key.split(".")
    return lambda obj: (_at(obj, path) == value) is same


def _unsupported(key: str, plural: str) -> str:
    if plural in FIELDS:
        return f"field label not supported: {key}"
    known = ", ".join(f'"{one}"' for one in sorted(_ALWAYS))
    return f'"{key}" is not a known field selector: only {known}'


def _at(obj: Any, path: list[str]) -> str:
    for step in path:
        obj = obj.get(step) if isinstance(obj, dict) else None
    if isinstance(obj, bool):
        return str(obj).lower()
    return "" if obj is None else str(obj)
