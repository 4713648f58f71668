"""The options that a request carries in its query, its headers and its body."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from aiohttp import web

from trunkline.core import yaml
from trunkline.sandbox.errors import ApiStatus, bad_request, invalid_option
from trunkline.sandbox.patching.merge_patch import merge_patched
from trunkline.sandbox.request import IGNORE, STRICT, WARN, DeleteOptions, Options
from trunkline.sandbox.verbs.read import Page, Selection
from trunkline.sandbox.web import protobuf

TYPES: web.AppKey[protobuf.TypeOf] = web.AppKey("types")
_LONGEST_MANAGER = 128
_POLICIES = ("Foreground", "Background", "Orphan")

Json = dict[str, Any]


_KINDS = {"POST": "CreateOptions", "PUT": "UpdateOptions", "PATCH": "PatchOptions"}


def options(request: web.Request, *, applying: bool = False) -> Options:
    """Raises ApiStatus 422."""
    query, kind = request.query, _KINDS.get(request.method, "Options")
    manager = query.get("fieldManager", "")
    if applying and not manager:
        said = "Required value: is required for apply patch"
        raise invalid_option(kind, "fieldManager", said, "FieldValueRequired")
    if len(manager) > _LONGEST_MANAGER:
        said = f"Too long: may not be more than {_LONGEST_MANAGER} bytes"
        raise invalid_option(kind, "fieldManager", said, "FieldValueTooLong")
    if "force" in query and request.method == "PATCH" and not applying:
        said = "Forbidden: may not be specified for non-apply patch"
        raise invalid_option(kind, "force", said, "FieldValueForbidden")
    validation = query.get("fieldValidation") or WARN
    if validation not in (STRICT, WARN, IGNORE):
        raise unsupported(kind, "fieldValidation", validation, (IGNORE, WARN, STRICT))
    return Options(
        manager=manager or _agent(request),
        dry_run=dry_run(query.getall("dryRun", []), kind),
        force=query.get("force") == "true",
        validation=validation,
    )


def _agent(request: web.Request) -> str:
    """The program's name, as the API server takes it from the User-Agent."""
    agent = request.headers.get("User-Agent", "")
    return agent.partition("/")[0][:_LONGEST_MANAGER] or "unknown"


def dry_run(values: list[str], kind: str) -> bool:
    for value in values:
        if value != "All":
            raise unsupported(kind, "dryRun", value, ("All",))
    return bool(values)


def unsupported(kind: str, field: str, value: str, supported: Sequence[str]) -> ApiStatus:
    choices = ", ".join(f'"{one}"' for one in supported)
    said = f'Unsupported value: "{value}": supported values: {choices}'
    return invalid_option(kind, field, said, "FieldValueNotSupported")


def selection(request: web.Request) -> Selection:
    return Selection(request.query.get("labelSelector", ""), request.query.get("fieldSelector", ""))


def page(request: web.Request) -> Page:
    return Page(number(request, "limit"), request.query.get("continue", ""))


def number(request: web.Request, name: str) -> int:
    text = request.query.get(name) or "0"
    try:
        found = int(text)
        if abs(found) >= 2**63:
            raise ValueError(text)
        return found
    except ValueError:
        raise bad_request(f'the query parameter {name} is no number: "{text}"') from None


async def body(request: web.Request) -> Any:
    """JSON, protobuf, or YAML where the content type says so (an applied object may be either)."""
    data = await request.read()
    if not data:
        return None
    kind = request.content_type
    if data.startswith(protobuf.MAGIC):
        return protobuf.decoded(data, request.app[TYPES])
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        if "yaml" not in kind:
            raise bad_request(f"couldn't decode the body: {error}") from None
    try:
        return yaml.load(data)
    except yaml.YamlError as error:
        raise bad_request(f"error decoding YAML: {error}") from None


async def delete_options(request: web.Request) -> DeleteOptions:
    """Of the query and of a DeleteOptions body; the body wins."""
    query = request.query
    asked: Json = {"propagationPolicy": query.get("propagationPolicy", "")}
    if "dryRun" in query:
        asked["dryRun"] = query.getall("dryRun")
    if query.get("orphanDependents") == "true":
        asked["propagationPolicy"] = "Orphan"
    sent = await body(request)
    asked = merge_patched(asked, sent if isinstance(sent, dict) else {})
    policy = asked.get("propagationPolicy") or ""
    if policy not in ("", *_POLICIES):
        raise unsupported("DeleteOptions", "propagationPolicy", policy, (*_POLICIES, "nil"))
    preconditions = asked.get("preconditions") or {}
    dry = asked.get("dryRun") or []
    if not isinstance(preconditions, dict) or not isinstance(dry, list):
        raise bad_request("the body is no DeleteOptions")
    return DeleteOptions(
        propagation=policy,
        uid=preconditions.get("uid") or "",
        resource_version=preconditions.get("resourceVersion") or "",
        dry_run=dry_run(dry, "DeleteOptions"),
    )
