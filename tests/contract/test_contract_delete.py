"""Deletion: propagation, finalizers, preconditions, garbage collection, namespaces."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from contract.objects import config_map, deployment, namespace, owned
from contract.place import Place, eventually
from trunkline.core.manifest import Manifest, Ref
from trunkline.edge.cluster.errors import ApiError, Conflict, NotFound

MERGE_PATCH = "application/merge-patch+json"


async def made(place: Place, name: str = "settings", **meta: Any) -> Manifest:
    return await place.client.create(config_map(place.namespace, name, **meta))


async def family(place: Place, **reference: Any) -> tuple[Manifest, Manifest]:
    """An owner and what it owns."""
    parent = await made(place, "parent")
    child = owned(config_map(place.namespace, "child"), parent, **reference)
    return parent, await place.client.create(child)


async def test_deleted_is_gone(place: Place) -> None:
    one = await made(place)
    await place.client.delete(Ref.of(one))
    await place.client.wait_gone(Ref.of(one), timeout=60)
    assert await place.client.get(Ref.of(one)) is None


async def test_a_dry_run_deletes_nothing(place: Place) -> None:
    one = await made(place)
    await place.client.delete(Ref.of(one), dry_run=True)
    assert await place.live(one) == one


async def test_a_dry_run_is_an_option_of_the_body(place: Place) -> None:
    """With a body the API server reads no option of a deletion from the query."""
    one = await made(place)
    path = f"/api/v1/namespaces/{place.namespace}/configmaps/settings"
    options = {"propagationPolicy": "Background", "dryRun": ["All"]}
    assert (await place.raw("DELETE", path, options)).status == 200
    assert await place.live(one) == one


async def test_another_uid_is_not_deleted(place: Place) -> None:
    one = await made(place)
    with pytest.raises(Conflict, match="UID") as caught:
        await place.client.delete(Ref.of(one), uid="00000000-0000-0000-0000-000000000000")
    assert caught.value.status == 409
    await place.client.delete(Ref.of(one), uid=one["metadata"]["uid"])
    assert await place.client.get(Ref.of(one)) is None


async def test_a_finalizer_holds_the_object(place: Place) -> None:
    one = await made(place, finalizers=["example.com/hold"])
    await place.client.delete(Ref.of(one))
    held = await place.live(one)
    assert held["metadata"]["deletionTimestamp"]
    with pytest.raises(ApiError, match="example.com/hold"):
        await place.client.wait_gone(Ref.of(one), timeout=0.3)
    await place.client.patch(
        Ref.of(one), {"metadata": {"finalizers": None}}, content_type=MERGE_PATCH
    )
    await place.client.wait_gone(Ref.of(one), timeout=60)


async def test_nothing_new_finalizes_what_is_being_deleted(place: Place) -> None:
    one = await made(place, finalizers=["example.com/hold"])
    await place.client.delete(Ref.of(one))
    more = {"metadata": {"finalizers": ["example.com/hold", "example.com/more"]}}
    with pytest.raises(ApiError) as caught:
        await place.client.patch(Ref.of(one), more, content_type=MERGE_PATCH)
    assert caught.value.status == 422
    await place.client.patch(
        Ref.of(one), {"metadata": {"finalizers": None}}, content_type=MERGE_PATCH
    )


async def test_background_takes_the_children_afterwards(place: Place) -> None:
    parent, child = await family(place)
    await place.client.delete(Ref.of(parent), propagation="Background")
    assert await place.client.get(Ref.of(parent)) is None
    await place.client.wait_gone(Ref.of(child), timeout=60)


async def test_orphan_leaves_the_children(place: Place) -> None:
    parent, child = await family(place)
    await place.client.delete(Ref.of(parent), propagation="Orphan")
    await place.client.wait_gone(Ref.of(parent), timeout=60)
    left = await place.live(child)
    assert not left["metadata"].get("ownerReferences")


async def test_foreground_takes_the_children_first(place: Place) -> None:
    parent, child = await family(place, blockOwnerDeletion=True)
    hold = {"metadata": {"finalizers": ["example.com/hold"]}}
    await place.client.patch(Ref.of(child), hold, content_type=MERGE_PATCH)
    await place.client.delete(Ref.of(parent), propagation="Foreground")

    async def dying() -> bool:
        return "deletionTimestamp" in (await place.live(child))["metadata"]

    await eventually(dying, bool, "the child is being deleted")
    waiting = (await place.live(parent))["metadata"]
    assert waiting["finalizers"] == ["foregroundDeletion"] and waiting["deletionTimestamp"]
    await place.client.patch(
        Ref.of(child), {"metadata": {"finalizers": None}}, content_type=MERGE_PATCH
    )
    await place.client.wait_gone(Ref.of(parent), timeout=60)
    assert await place.client.get(Ref.of(child)) is None


async def test_an_object_whose_owner_never_was_is_collected(place: Place) -> None:
    ghost = config_map(place.namespace, "ghost")
    ghost["metadata"]["uid"] = "00000000-0000-0000-0000-000000000000"
    child = await place.client.create(owned(config_map(place.namespace, "child"), ghost))
    await place.client.wait_gone(Ref.of(child), timeout=60)


async def test_a_deployment_takes_its_pods_along(place: Place) -> None:
    web = await place.client.create(deployment(place.namespace))
    pods = (await place.client.discovery()).find("", "Pod")
    assert pods is not None

    async def count() -> int:
        return len([one async for one in place.client.list(pods, namespace=place.namespace)])

    await eventually(count, lambda n: n == 2, "two pods")
    await place.client.delete(Ref.of(web), propagation="Foreground")
    await place.client.wait_gone(Ref.of(web), timeout=60)
    await eventually(count, lambda n: n == 0, "no pod")


async def test_a_namespace_takes_all_along(place: Place) -> None:
    space = await place.client.create(namespace(f"{place.namespace}-b"))
    inside = config_map(f"{place.namespace}-b", finalizers=["example.com/hold"])
    await place.client.create(inside)
    await place.client.delete(Ref.of(space))
    assert (await place.live(space))["status"]["phase"] == "Terminating"
    with pytest.raises(ApiError, match="terminated") as caught:
        await place.client.create(config_map(f"{place.namespace}-b", "late"))
    assert (caught.value.status, caught.value.reason) == (403, "Forbidden")

    async def dying() -> bool:
        return "deletionTimestamp" in (await place.live(inside))["metadata"]

    await eventually(dying, bool, "the object inside is being deleted")
    await place.client.patch(
        Ref.of(inside), {"metadata": {"finalizers": None}}, content_type=MERGE_PATCH
    )
    await place.client.wait_gone(Ref.of(space), timeout=60)
    assert await place.client.get(Ref.of(inside)) is None


async def test_the_missing_cannot_be_deleted(place: Place) -> None:
    path = f"/api/v1/namespaces/{place.namespace}/configmaps/nobody"
    answer = await place.raw("DELETE", path)
    assert (answer.status, answer.body["reason"]) == (404, "NotFound")


async def test_a_deleted_name_is_free_at_once(place: Place) -> None:
    one = await made(place)
    await place.client.delete(Ref.of(one))
    again = await made(place)
    assert again["metadata"]["uid"] != one["metadata"]["uid"]


async def test_two_deletions_at_once(place: Place) -> None:
    one = await made(place)
    outcomes = await asyncio.gather(
        *(place.client.delete(Ref.of(one)) for _ in range(2)), return_exceptions=True
    )
    assert all(outcome is None or isinstance(outcome, NotFound) for outcome in outcomes)
    assert await place.client.get(Ref.of(one)) is None
