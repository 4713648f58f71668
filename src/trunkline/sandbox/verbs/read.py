"""Get and list."""

from __future__ import annotations

import base64
import binascii
from collections import OrderedDict
from typing import Any

import orjson
from msgspec import Struct

from trunkline.sandbox.api import Api
from trunkline.sandbox.errors import bad_request, expired, not_found
from trunkline.sandbox.kinds.resource import Resource
from trunkline.sandbox.request import Target
from trunkline.sandbox.selectors import field_selector, label_selector

Json = dict[str, Any]

# How many lists can be continued at the same time; the oldest expires first.
SNAPSHOTS = 64


def seen(resource: Resource, obj: Json) -> Json:
    """The object in the version that is asked for. Versions of a kind here differ by name only,
    as those of a custom kind without a conversion webhook do.
    """
    if obj.get("apiVersion") == resource.api_version:
        return obj
    return {**obj, "apiVersion": resource.api_version, "kind": resource.kind}


def get(api: Api, target: Target) -> Json:
    """Raises ApiStatus 404."""
    resource = target.resource
    found = api.store.get(resource.storage, target.namespace, target.name)
    if found is None:
        raise not_found(resource.group, resource.plural, target.name)
    return seen(resource, found)


class Selection(Struct, frozen=True):
    """Which objects of a collection are meant."""

    labels: str = ""
    fields: str = ""

    def matcher(self, resource: Resource) -> Any:
        """A function from an object to whether it is meant. Raises ApiStatus 400."""
        by_label = label_selector(self.labels) if self.labels else None
        by_field = field_selector(self.fields, resource.plural) if self.fields else None

        def matches(obj: Json) -> bool:
            if by_label and not by_label(obj["metadata"].get("labels") or {}):
                return False
            return not by_field or by_field(obj)

        return matches


class Page(Struct, frozen=True):
    limit: int = 0
    token: str = ""


class Snapshots:
    """Lists that are being read page by page, as they were when the first page was given."""

    def __init__(self) -> None:
        self._lists: OrderedDict[str, tuple[int, list[Json]]] = OrderedDict()
        self._number = 0

    def keep(self, version: int, objects: list[Json]) -> str:
        self._number += 1
        key = str(self._number)
        self._lists[key] = version, objects
        while len(self._lists) > SNAPSHOTS:
            self._lists.popitem(last=False)
        return key

    def find(self, key: str) -> tuple[int, list[Json]]:
        """Raises ApiStatus 410."""
        if key not in self._lists:
            raise expired(
                "The provided continue parameter is too old to display a consistent list result. "
                "You must start a new list without the continue parameter."
            )
        return self._lists[key]

    def forget(self) -> None:
        self._lists.clear()


def objects(api: Api, target: Target, selection: Selection) -> list[Json]:
    matches = selection.matcher(target.resource)
    found = api.store.all(target.resource.storage, target.namespace)
    return [seen(target.resource, one) for one in found if matches(one)]


def listed(
    api: Api, snapshots: Snapshots, target: Target, selection: Selection, page: Page
) -> Json:
    """A list object: one page, with a token and the count of what remains."""
    if page.token:
        key, start = _opened(page.token)
        version, whole = snapshots.find(key)
    else:
        key, start = "", 0
        version, whole = api.store.version, objects(api, target, selection)
    end = start + page.limit if page.limit else len(whole)
    meta: Json = {"resourceVersion": str(version)}
    if end < len(whole):
        key = key or snapshots.keep(version, whole)
        meta["continue"] = _sealed(key, end)
        meta["remainingItemCount"] = len(whole) - end
    resource = target.resource
    return {
        "kind": f"{resource.kind}List",
        "apiVersion": resource.api_version,
        "metadata": meta,
        "items": [_item(resource, one) for one in whole[start:end]],
    }


def _item(resource: Resource, obj: Json) -> Json:
    """Items of built-in lists do not repeat their kind, those of custom ones do."""
    if resource.custom is not None:
        return obj
    return {k: v for k, v in obj.items() if k not in ("apiVersion", "kind")}


def _sealed(key: str, start: int) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([key, start])).decode()


def _opened(token: str) -> tuple[str, int]:
    try:
        key, start = orjson.loads(base64.urlsafe_b64decode(token))
        return str(key), int(start)
    except (ValueError, TypeError, binascii.Error):
        raise bad_request(
            "continue key is not valid: it is not one that this server gave"
        ) from None
