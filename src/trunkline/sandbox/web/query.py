"""The options that a request carries in its query, its headers and its body."""

from __future__ import annotations

from typing import Any

import orjson
import yaml
from aiohttp import web

from trunkline.sandbox.errors import ApiStatus, Cause, bad_request
from trunkline.sandbox.patching.merge_patch import merge_patched
from trunkline.sandbox.request import IGNORE, STRICT, WARN, DeleteOptions, Options
from trunkline.sandbox.verbs.read import Page, Selection

_LONGEST_MANAGER = 128

Json = dict[str, Any]


def options(request: web.Request, *, applying: bool = False) -> Options:
    """Raises ApiStatus 400."""
    query = request.query
    manager = query.get("fieldManager", "")
    if applying and not manager:
        raise _invalid_option("fieldManager", "Required value: is required for apply patch")
    if len(manager) > _LONGEST_MANAGER:
        raise _invalid_option("fieldManager", f"Too long: may not be more than {_LONGEST_MANAGER}")
    force = query.get("force")
    if force is not None and request.method == "PATCH" and not applying:
        raise _invalid_option("force", "Forbidden: may not be specified for non-apply patch")
    validation = query.get("fieldValidation") or WARN
    if validation not in (STRICT, WARN, IGNORE):
        raise _invalid_option("fieldValidation", f'Unsupported value: "{validation}"')
    return Options(
        manager=manager or _agent(request),
        dry_run=dry_run(query.getall("dryRun", [])),
        force=force == "true",
        validation=validation,
    )


def _agent(request: web.Request) -> str:
    """The program's name, as the API server takes it from the User-Agent."""
    agent = request.headers.get("User-Agent", "")
    return agent.partition("/")[0][:_LONGEST_MANAGER] or "unknown"


def dry_run(values: list[str]) -> bool:
    if any(value != "All" for value in values):
        raise _invalid_option("dryRun", f'Unsupported value: {values}: supported values: "All"')
    return bool(values)


def _invalid_option(field: str, message: str) -> ApiStatus:
    cause = Cause("FieldValueInvalid", message, field)
    details = {"group": "meta.k8s.io", "kind": "Options", "causes": [cause.as_json()]}
    said = f'Options.meta.k8s.io "" is invalid: {field}: {message}'
    return ApiStatus(422, "Invalid", said, details=details)


def selection(request: web.Request) -> Selection:
    return Selection(request.query.get("labelSelector", ""), request.query.get("fieldSelector", ""))


def page(request: web.Request) -> Page:
    return Page(number(request, "limit"), request.query.get("continue", ""))


def number(request: web.Request, name: str) -> int:
    text = request.query.get(name) or "0"
    try:
        return int(text)
    except ValueError:
        raise bad_request(f'the query parameter {name} is no number: "{text}"') from None


async def body(request: web.Request) -> Any:
    """JSON, or YAML where the content type says so (an applied object may be either)."""
    data = await request.read()
    if not data:
        return None
    kind = request.content_type
    if "protobuf" in kind:
        said = "the practice cluster speaks JSON only, not protobuf"
        raise ApiStatus(415, "UnsupportedMediaType", said)
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        if "yaml" not in kind:
            raise bad_request(f"couldn't decode the body: {error}") from None
    try:
        return yaml.load(data, yaml.CSafeLoader)
    except yaml.YAMLError as error:
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
    preconditions = asked.get("preconditions") or {}
    return DeleteOptions(
        propagation=asked.get("propagationPolicy") or "",
        uid=preconditions.get("uid") or "",
        resource_version=preconditions.get("resourceVersion") or "",
        dry_run=dry_run(asked.get("dryRun") or []),
    )
