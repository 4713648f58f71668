"""Requests to objects and collections: from method and path to a verb."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from trunkline.sandbox.api import Api
from trunkline.sandbox.errors import method_not_allowed
from trunkline.sandbox.request import Target
from trunkline.sandbox.verbs import delete, patch, read, write
from trunkline.sandbox.web import query, table
from trunkline.sandbox.web.answers import json_answer
from trunkline.sandbox.web.paths import target_of
from trunkline.sandbox.web.subresources import SUBRESOURCES
from trunkline.sandbox.web.virtual import VIRTUAL
from trunkline.sandbox.web.watching import LONGEST, Watch, Watchers

Json = dict[str, Any]
Method = Callable[[web.Request, Target], Awaitable[web.StreamResponse]]


class Objects:
    def __init__(self, api: Api, watchers: Watchers, snapshots: read.Snapshots) -> None:
        self._api, self._watchers, self._snapshots = api, watchers, snapshots
        self._of_object: dict[str, Method] = {
            "GET": self._get,
            "PUT": self._put,
            "PATCH": self._patch,
            "DELETE": self._delete,
        }
        self._of_collection: dict[str, Method] = {
            "GET": self._list,
            "POST": self._create,
            "DELETE": self._delete_collection,
        }

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Raises ApiStatus."""
        target = target_of(self._api.registry, request.path)
        virtual = VIRTUAL.get(target.resource.kind)
        if virtual is not None and request.method == "POST":
            return json_answer(virtual(self._api, target, await query.body(request)), 201)
        special = SUBRESOURCES.get(target.subresource)
        if special is not None:
            return await special(self._api, request, target)
        methods = self._of_object if target.name else self._of_collection
        method = methods.get(request.method)
        if method is None:
            raise method_not_allowed()
        return await method(request, target)

    async def _get(self, request: web.Request, target: Target) -> web.StreamResponse:
        return self._one(request, target, read.get(self._api, target))

    async def _list(self, request: web.Request, target: Target) -> web.StreamResponse:
        if request.query.get("watch") in ("true", "1"):
            return await self._watch(request, target)
        found = read.listed(
            self._api, self._snapshots, target, query.selection(request), query.page(request)
        )
        if table.wanted(request):
            found = table.of_list(target.resource, found)
        return json_answer(found)

    async def _watch(self, request: web.Request, target: Target) -> web.StreamResponse:
        resource = target.resource
        wanted = table.wanted(request)
        asked = request.query
        watch = Watch(
            target,
            query.selection(request),
            asked.get("resourceVersion", ""),
            bookmarks=asked.get("allowWatchBookmarks") == "true",
            initial=asked.get("sendInitialEvents") == "true",
            timeout=float(query.number(request, "timeoutSeconds") or LONGEST),
            shown=(lambda obj: table.of_objects(resource, [obj])) if wanted else lambda obj: obj,
        )
        return await self._watchers.serve(self._api, watch, request)

    async def _create(self, request: web.Request, target: Target) -> web.StreamResponse:
        options = query.options(request)
        made = write.create(self._api, target, await query.body(request), options)
        return self._one(request, target, made, 201, options.warnings)

    async def _put(self, request: web.Request, target: Target) -> web.StreamResponse:
        options = query.options(request)
        found = write.replace_object(self._api, target, await query.body(request), options)
        return self._one(request, target, found, warnings=options.warnings)

    async def _patch(self, request: web.Request, target: Target) -> web.StreamResponse:
        kind = request.content_type
        options = query.options(request, applying=kind == patch.APPLY)
        body = await query.body(request)
        found, created = patch.patch(self._api, target, kind, body, options)
        status = 201 if created else 200
        return self._one(request, target, found, status, options.warnings)

    async def _delete(self, request: web.Request, target: Target) -> web.StreamResponse:
        if target.subresource:
            raise method_not_allowed()
        options = await query.delete_options(request)
        return json_answer(delete.delete(self._api, target, options))

    async def _delete_collection(self, request: web.Request, target: Target) -> web.StreamResponse:
        if target.resource.namespaced and not target.namespace:
            raise method_not_allowed()
        options = await query.delete_options(request)
        found = delete.delete_collection(self._api, target, query.selection(request), options)
        return json_answer(found)

    def _one(
        self,
        request: web.Request,
        target: Target,
        obj: Json,
        status: int = 200,
        warnings: list[str] | None = None,
    ) -> web.Response:
        shown = read.seen(target.resource, obj)
        if table.wanted(request):
            shown = table.of_objects(target.resource, [shown])
        return json_answer(shown, status, warnings=warnings or ())
