"""The cluster's own catalogue of kinds: asked once, kept, asked again when told to."""

from __future__ import annotations

import asyncio

from trunkline.core.manifest import Ref
from trunkline.edge.cluster.discovery import Ask, Discovery, Resource, discovered
from trunkline.edge.cluster.errors import ApiError, Unreachable, Unserved
from trunkline.edge.cluster.limits import ClientLimits


class Catalogue:
    """What one cluster serves. Whoever asks at the same moment waits for the same answer."""

    def __init__(self, cluster: str, ask: Ask, limits: ClientLimits) -> None:
        self._cluster = cluster
        self._ask = ask
        self._limits = limits
        self._task: asyncio.Task[Discovery] | None = None

    async def current(self) -> Discovery:
        """As it was when it was asked last; a failure is not kept. Raises ApiError."""
        task = self._task
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = self._begun(self._limits.contact)
        return await asyncio.shield(task)

    async def renewed(self) -> Discovery:
        return await asyncio.shield(self._begun(self._limits.timeout))

    async def known(self, ref: Ref, version: str = "") -> Resource | None:
        """The kind of an object, in this version where it is served so; None where it is not
        served, and that is certain."""
        discovery = await self.current()
        resource = discovery.find(ref.group, ref.kind, version)
        if resource is None and ref.group in discovery.broken:
            raise self._unserved(ref, discovery)
        return resource

    async def found(self, ref: Ref, version: str = "") -> Resource:
        """The kind of an object, in this version if one is given. Raises Unserved."""
        discovery = await self.current()
        resource = discovery.find(ref.group, ref.kind, version)
        if resource is None:
            raise self._unserved(ref, discovery)
        if version and resource.version != version:
            raise Unserved(
                f"{self._cluster} serves {ref.kind} in {resource.api_version}, and not in "
                f"{version}.",
                status=404,
                reason="NotFound",
                cluster=self._cluster,
            )
        return resource

    def close(self) -> None:
        if self._task and not self._task.done():
            self._task.cancel()

    def _begun(self, seconds: float) -> asyncio.Task[Discovery]:
        name = f"discovery of {self._cluster}"
        self._task = asyncio.create_task(self._discovered(seconds), name=name)
        # Whoever waited may have gone; then its failure is nobody's.
        self._task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return self._task

    async def _discovered(self, seconds: float) -> Discovery:
        try:
            async with asyncio.timeout(seconds):
                return await discovered(self._ask)
        except (AttributeError, KeyError, TypeError) as error:
            raise ApiError(
                f"{self._cluster} does not say in the form of a Kubernetes API server what it "
                f"serves ({type(error).__name__}): does a proxy change its answers?",
                cluster=self._cluster,
            ) from error
        except TimeoutError:
            raise Unreachable(
                f"{self._cluster} did not say within {seconds:g} s what it serves: is it "
                "overloaded, or the network on the way to it?",
                cluster=self._cluster,
            ) from None

    def _unserved(self, ref: Ref, discovery: Discovery) -> ApiError:
        if ref.group in discovery.broken:
            return ApiError(
                f"{self._cluster} does not know whether it has {ref}: the server behind the API "
                f"group {ref.group} is down; `kubectl get apiservices` shows which one",
                status=503,
                reason="ServiceUnavailable",
                cluster=self._cluster,
            )
        return Unserved(
            f"{self._cluster} serves no kind {ref.kind} of group {ref.group or 'core'}: "
            "is its CustomResourceDefinition applied?",
            status=404,
            reason="NotFound",
            cluster=self._cluster,
        )
