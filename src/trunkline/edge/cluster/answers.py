"""What an API server answers, looked at before it is believed: a proxy's page is no empty list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from msgspec import Struct

from trunkline.core.manifest import Manifest
from trunkline.edge.cluster.errors import ApiError
from trunkline.edge.cluster.refusal import refusal


class WatchEvent(Struct, frozen=True):
    """`type` is ADDED, MODIFIED, DELETED or BOOKMARK."""

    type: str
    object: Manifest


def parsed(answer: bytes, cluster: str) -> dict[str, Any]:
    """The map that an answer is. Raises ApiError."""
    try:
        found = orjson.loads(answer)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise _no_api_server(cluster)
    return found


def event_of(said: Mapping[str, Any], cluster: str) -> WatchEvent:
    """A line of a watch. Raises ApiError, also where it tells of an error."""
    kind, told = said.get("type"), said.get("object")
    if not isinstance(kind, str) or not isinstance(told, dict):
        raise _no_api_server(cluster)
    if kind == "ERROR":
        code = told.get("code")
        status = code if isinstance(code, int) and code else 500
        raise refusal(status, orjson.dumps(told), cluster)
    if not isinstance(told.get("metadata"), dict):
        raise _no_api_server(cluster)
    return WatchEvent(kind, told)


def items_of(answer: Mapping[str, Any], cluster: str) -> Sequence[Manifest]:
    """What a list holds. Raises ApiError: what is no list must not be taken for an empty one."""
    items = answer.get("items", "")
    if items is None:
        return ()
    if not isinstance(items, list) or not all(map(_is_object, items)):
        raise _no_api_server(cluster)
    return items


def _is_object(item: Any) -> bool:
    metadata = item.get("metadata") if isinstance(item, dict) else None
    return isinstance(metadata, dict) and isinstance(metadata.get("name"), str)


def _no_api_server(cluster: str) -> ApiError:
    return ApiError(
        f"{cluster} does not answer as a Kubernetes API server does: does another program, or a "
        "login page, stand at its address?",
        cluster=cluster,
    )
