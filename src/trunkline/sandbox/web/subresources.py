"""Subresources that are more than a part of the object: scale, log, eviction, finalize, token."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web
from msgspec.structs import replace

from trunkline.sandbox.api import Api
from trunkline.sandbox.controllers.kubelet import log_of
from trunkline.sandbox.errors import bad_request, method_not_allowed
from trunkline.sandbox.request import DeleteOptions, Target
from trunkline.sandbox.verbs import admit, delete, patch, read, write
from trunkline.sandbox.web import query
from trunkline.sandbox.web.answers import json_answer

Json = dict[str, Any]
Special = Callable[[Api, web.Request, Target], Awaitable[web.StreamResponse]]

_REPLICAS = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}


async def _scale(api: Api, request: web.Request, target: Target) -> web.StreamResponse:
    """The number of replicas as an object of its own (autoscaling/v1 Scale)."""
    whole = replace(target, subresource="")
    live = read.get(api, whole)
    scale = _scale_of(target, live)
    if request.method == "GET":
        return json_answer(scale)
    body = await query.body(request)
    if request.method == "PATCH":
        if request.content_type == patch.APPLY:
            raise bad_request("scale takes a merge patch or a JSON patch, not an apply")
        kind = patch.MERGE if request.content_type == patch.STRATEGIC else request.content_type
        body = patch.patched(target, kind, scale, body)
    elif request.method != "PUT":
        raise method_not_allowed()
    options = replace(query.options(request), through="scale")
    changed = _with_replicas(target, live, body)
    obj = admit.located(whole, admit.decoded(whole, changed, options))
    write.check_preconditions(target, live, body)
    return json_answer(_scale_of(target, write.update(api, whole, live, obj, options)))


def _paths(target: Target) -> Json:
    return target.resource.scale or _REPLICAS


def _scale_of(target: Target, live: Json) -> Json:
    meta = live["metadata"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    paths = _paths(target)
    count = _at(live, paths["specReplicasPath"])
    status: Json = {"replicas": _at(live, paths["statusReplicasPath"]) or 0}
    selector = (live.get("spec") or {}).get("selector") or {}
    labels = selector.get("matchLabels") or {}
    if labels:
        status["selector"] = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: meta[key] for key in kept if key in meta},
        "spec": {"replicas": count} if count else {},
        "status": status,
    }


def _at(obj: Any, path: str) -> Any:
    for step in path.split(".")[1:]:
        obj = obj.get(step) if isinstance(obj, dict) else None
    return obj


def _with_replicas(target: Target, live: Json, scale: Any) -> Json:
    count = ((scale.get("spec") or {}) if isinstance(scale, dict) else {}).get("replicas", 0)
    if not isinstance(count, int) or count < 0:
        raise bad_request(f"spec.replicas: {count} is no number of replicas")
    return _put(live, _paths(target)["specReplicasPath"].split(".")[1:], count)


def _put(obj: Json, steps: list[str], value: Any) -> Json:
    first, *rest = steps
    return {**obj, first: _put(obj.get(first) or {}, rest, value) if rest else value}


async def _log(api: Api, request: web.Request, target: Target) -> web.StreamResponse:
    """The lines of a container; with `follow` the answer stays open while the pod runs."""
    if target.resource.kind != "Pod" or request.method != "GET":
        raise method_not_allowed()
    whole = replace(target, subresource="")
    pod = read.get(api, whole)
    text = log_of(pod, request.query.get("container", ""))
    tail = request.query.get("tailLines")
    if tail is not None:
        lines = text.splitlines(keepends=True)
        text = "".join(lines[-int(tail) :] if tail.isdigit() and int(tail) else ())
    answer = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await answer.prepare(request)
    await answer.write(text.encode())
    if request.query.get("follow") == "true":
        await _ended(api, whole)
    return answer


async def _ended(api: Api, target: Target) -> None:
    """Wait until the pod does not run any more."""
    changed = asyncio.Event()
    stop = api.store.listen(target.resource.storage, lambda _: changed.set())
    try:
        while _runs(api, target):
            changed.clear()
            await changed.wait()
    finally:
        stop()


def _runs(api: Api, target: Target) -> bool:
    pod = api.store.get(target.resource.storage, target.namespace, target.name)
    return pod is not None and (pod.get("status") or {}).get("phase") == "Running"


async def _eviction(api: Api, request: web.Request, target: Target) -> web.StreamResponse:
    body = await query.body(request) or {}
    dry = bool((body.get("deleteOptions") or {}).get("dryRun"))
    delete.delete(api, replace(target, subresource=""), DeleteOptions(dry_run=dry))
    return json_answer(
        {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201},
        201,
    )


async def _finalize(api: Api, request: web.Request, target: Target) -> web.StreamResponse:
    """PUT of a namespace whose `spec.finalizers` may shrink."""
    if request.method != "PUT" or target.resource.kind != "Namespace":
        raise method_not_allowed()
    options = query.options(request)
    whole = replace(target, subresource="")
    return json_answer(write.replace_object(api, whole, await query.body(request), options))


async def _token(_api: Api, request: web.Request, target: Target) -> web.StreamResponse:
    """Tokens of service accounts are not for this API: they are shown, not honoured."""
    body = await query.body(request) or {}
    expiry = (body.get("spec") or {}).get("expirationSeconds", 3600)
    return json_answer(
        {
            "kind": "TokenRequest",
            "apiVersion": "authentication.k8s.io/v1",
            "metadata": {"name": target.name, "namespace": target.namespace},
            "spec": {"audiences": [], "expirationSeconds": expiry},
            "status": {"token": f"sandbox.{target.namespace}.{target.name}"},
        },
        201,
    )


SUBRESOURCES: Mapping[str, Special] = {
    "eviction": _eviction,
    "finalize": _finalize,
    "log": _log,
    "scale": _scale,
    "token": _token,
}
