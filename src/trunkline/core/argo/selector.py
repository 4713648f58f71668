"""Label selectors: `matchLabels` and `matchExpressions`.

https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


class BadSelector(ValueError):
    """A selector that Kubernetes refuses; the message says which part of it."""


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a label selector, as parsed from YAML, picks these labels; none picks everything.

    Raises BadSelector.
    """
    if not selector:
        return True
    wanted = selector.get("matchLabels") or {}
    rules = selector.get("matchExpressions") or []
    if not isinstance(wanted, dict) or not isinstance(rules, list):
        raise BadSelector("matchLabels is a map, matchExpressions a list")
    equal = all(labels.get(key) == value for key, value in wanted.items())
    held = [_holds(rule, labels) for rule in rules]
    return equal and all(held)


def is_empty(selector: Mapping[str, Any] | None) -> bool:
    return not selector or not (selector.get("matchLabels") or selector.get("matchExpressions"))


def _holds(rule: Any, labels: Mapping[str, str]) -> bool:
    if not isinstance(rule, dict) or not rule.get("key"):
        raise BadSelector("an entry of matchExpressions has key, operator and values")
    key, operator, values = rule["key"], rule.get("operator"), rule.get("values") or []
    if operator not in _OPERATORS:
        raise BadSelector(f"{operator!r} is no operator; there are {', '.join(_OPERATORS)}")
    if operator in ("In", "NotIn") and not values:
        raise BadSelector(f"{operator} on {key} needs values")
    if operator == "Exists":
        return key in labels
    if operator == "DoesNotExist":
        return key not in labels
    among = key in labels and labels[key] in values
    return among if operator == "In" else not among
