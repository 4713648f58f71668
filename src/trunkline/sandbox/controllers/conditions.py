"""Conditions of a status: one per type, whose transition time moves only when it turns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from trunkline.sandbox.clock import now

Json = dict[str, Any]


def with_condition(
    conditions: Iterable[Json] | None,
    kind: str,
    status: bool | str,
    reason: str = "",
    message: str = "",
    **more: Any,
) -> list[Json]:
    """The conditions with this one in its place; unchanged if it says nothing new."""
    said = status if isinstance(status, str) else str(status)
    found = list(conditions or ())
    index = next((n for n, one in enumerate(found) if one["type"] == kind), None)
    fresh: Json = {"type": kind, "status": said}
    if reason:
        fresh["reason"] = reason
    if message:
        fresh["message"] = message
    fresh |= more
    if index is None:
        return [*found, fresh | {"lastTransitionTime": now()}]
    old = found[index]
    if all(old.get(key) == value for key, value in fresh.items()):
        return found
    turned = old["status"] != said
    fresh["lastTransitionTime"] = now() if turned else old.get("lastTransitionTime", now())
    found[index] = fresh
    return found


def condition(obj: Json, kind: str) -> str:
    """The status of a condition, "" if it is not there."""
    for one in (obj.get("status") or {}).get("conditions") or ():
        if one["type"] == kind:
            return str(one["status"])
    return ""
