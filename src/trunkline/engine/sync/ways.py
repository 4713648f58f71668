"""How one object is written, as its sync options say.

Server-side apply is the rule. `ServerSideApply=false` asks for kubectl's three-way merge,
`Replace` for the object as it is rendered and nothing else, and `Force` for a new one where the
API server refuses to change the old.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable

from trunkline.core.adopt import former_managers, take_over_patch
from trunkline.core.clientside import is_merged_by_client
from trunkline.core.manifest import Manifest, Ref, uid_of
from trunkline.core.options import ObjectOptions
from trunkline.edge.cluster.client import JSON_PATCH, ClusterClient
from trunkline.edge.cluster.errors import Conflict, Invalid, NotFound
from trunkline.engine.apply import TRIES, client_side, put, server_side
from trunkline.engine.live import Live

Write = Callable[..., Awaitable[Manifest]]
"""Called with the object and `dry_run`. Raises ApiError."""


class Ways:
    """The ways to write objects to one cluster."""

    def __init__(self, client: ClusterClient, live: Live) -> None:
        self._client = client
        self._live = live

    def of(self, manifest: Manifest, options: ObjectOptions) -> tuple[str, Write]:
        """The verb of the step, and what does it."""
        if not manifest["metadata"].get("name"):
            return "create", self._client.create
        verb, write = ("replace", self.replace) if options.replace else ("apply", self.apply)
        if not options.replace and is_merged_by_client(manifest, options.client_side):
            write = self.merge
        return verb, self._of(write, options)

    def _of(self, write: Callable[..., Awaitable[Manifest]], options: ObjectOptions) -> Write:
        async def written(desired: Manifest, *, dry_run: bool = False) -> Manifest:
            try:
                return await write(desired, options, dry_run=dry_run)
            except Invalid:
                if not options.recreates(Ref.of(desired)):
                    raise
                return await self._recreate(desired, options, write, dry_run=dry_run)

        return written

    async def apply(
        self, desired: Manifest, options: ObjectOptions, *, dry_run: bool = False
    ) -> Manifest:
        """Server-side apply; the first one takes over what a former tool applied."""
        if not dry_run:
            await self._take_over(desired, options)
        return await server_side(self._client, desired, options, dry_run=dry_run)

    async def replace(
        self, desired: Manifest, options: ObjectOptions, *, dry_run: bool = False
    ) -> Manifest:
        """The object as it is rendered; what is live beside that goes."""
        return await put(self._client, desired, lambda _: desired, options, dry_run=dry_run)

    async def merge(
        self, desired: Manifest, options: ObjectOptions, *, dry_run: bool = False
    ) -> Manifest:
        """kubectl's three-way merge."""
        return await client_side(self._client, desired, options, dry_run=dry_run)

    async def _take_over(self, desired: Manifest, options: ObjectOptions) -> None:
        """Make the fields ours that a former tool applied, before the first apply of our own;
        again where the object changed since it was read, as a rollout's does all the time."""
        ref, version = Ref.of(desired), str(desired["apiVersion"])
        live = self._live.get(ref)
        for left in reversed(range(TRIES)):
            former = former_managers(live, version, options) if live else frozenset()
            if not live or not former:
                return
            patch = take_over_patch(live, version, former)
            try:
                await self._client.patch(ref, patch, content_type=JSON_PATCH)
                return
            except NotFound:
                return  # It went meanwhile: nobody has a field of what is made now.
            except Conflict:
                if not left:
                    raise
            live = await self._client.get(ref)

    async def _recreate(
        self, desired: Manifest, options: ObjectOptions, write: Write, *, dry_run: bool
    ) -> Manifest:
        if dry_run:
            return desired
        ref = Ref.of(desired)
        self._live.saw(ref, None)
        if now := await self._client.get(ref):
            uid = uid_of(now)
            # Gone meanwhile, or another's by now, whom a controller made anew: that is written.
            with contextlib.suppress(NotFound, Conflict):
                await self._client.delete(ref, propagation="Background", uid=uid)
            await self._client.wait_gone(ref, uid=uid)
        return await write(desired, options)
