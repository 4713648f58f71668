"""Watch: every change once and in order, from where a list ended."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson

from contract.objects import config_map
from contract.place import Place
from trunkline.core.manifest import Ref
from trunkline.edge.cluster.discovery import Resource

MERGE_PATCH = "application/merge-patch+json"


async def resource(place: Place) -> Resource:
    found = (await place.client.discovery()).find("", "ConfigMap")
    assert found is not None
    return found


async def now(place: Place) -> str:
    """The resourceVersion at which a list of this namespace ends."""
    path = f"/api/v1/namespaces/{place.namespace}/configmaps"
    return str((await place.raw("GET", path)).body["metadata"]["resourceVersion"])


async def seen(place: Place, since: str, count: int, **more: Any) -> list[tuple[str, str, str]]:
    """(type, name, resourceVersion) of the next events, without bookmarks."""
    events: list[tuple[str, str, str]] = []
    watching = place.client.watch(
        await resource(place), resource_version=since, namespace=place.namespace, **more
    )
    async with asyncio.timeout(60):
        async for event in watching:
            meta = event.object["metadata"]
            if event.type != "BOOKMARK" and meta["name"] != "kube-root-ca.crt":
                events.append((event.type, meta["name"], meta["resourceVersion"]))
            if len(events) == count:
                break
    return events


async def history(place: Place) -> None:
    one = await place.client.create(config_map(place.namespace, "one"))
    await place.client.patch(Ref.of(one), {"data": {"b": "2"}}, content_type=MERGE_PATCH)
    await place.client.delete(Ref.of(one))
    await place.client.create(config_map(place.namespace, "two"))


async def test_what_happened_since_a_list(place: Place) -> None:
    since = await now(place)
    await history(place)
    events = await seen(place, since, 4)
    assert [(kind, name) for kind, name, _ in events] == [
        ("ADDED", "one"),
        ("MODIFIED", "one"),
        ("DELETED", "one"),
        ("ADDED", "two"),
    ]
    versions = [int(version) for _, _, version in events]
    assert versions == sorted(set(versions))


async def test_what_happens_while_watching(place: Place) -> None:
    since = await now(place)
    watching = asyncio.create_task(seen(place, since, 4))
    await asyncio.sleep(0.2)
    await history(place)
    assert [name for _, name, _ in await watching] == ["one", "one", "one", "two"]


async def test_going_on_from_an_event_repeats_nothing(place: Place) -> None:
    since = await now(place)
    await history(place)
    first = await seen(place, since, 2)
    rest = await seen(place, first[-1][2], 2)
    assert [(kind, name) for kind, name, _ in rest] == [("DELETED", "one"), ("ADDED", "two")]


async def test_leaving_a_selector_is_a_deletion(place: Place) -> None:
    since = await now(place)
    one = await place.client.create(config_map(place.namespace, "one", labels={"tier": "web"}))
    for tier in ("db", "web"):
        patch = {"metadata": {"labels": {"tier": tier}}}
        await place.client.patch(Ref.of(one), patch, content_type=MERGE_PATCH)
    events = await seen(place, since, 3, label_selector="tier=web")
    assert [kind for kind, _, _ in events] == ["ADDED", "DELETED", "ADDED"]


async def test_other_namespaces_are_not_seen(place: Place) -> None:
    since = await now(place)
    elsewhere = await place.client.create(config_map("default", f"of-{place.namespace}"))
    await place.client.create(config_map(place.namespace, "here"))
    await place.client.delete(Ref.of(elsewhere))
    assert [name for _, name, _ in await seen(place, since, 1)] == ["here"]


async def test_a_bookmark_ends_the_initial_events(place: Place) -> None:
    """A watch that begins with all there is says where that ends (KEP-3157).

    The other bookmarks come once a minute: too seldom for a test.
    """
    made = await place.client.create(config_map(place.namespace, "one"))
    query = {
        "watch": "true",
        "allowWatchBookmarks": "true",
        "sendInitialEvents": "true",
        "resourceVersionMatch": "NotOlderThan",
        "fieldSelector": "metadata.name=one",
    }
    path = f"/api/v1/namespaces/{place.namespace}/configmaps"
    async with asyncio.timeout(60), place.session.get(path, params=query) as answer:
        first, mark = [orjson.loads(await answer.content.readline()) for _ in range(2)]
    assert (first["type"], first["object"]["data"]) == ("ADDED", made["data"])
    assert mark["type"] == "BOOKMARK"
    meta = mark["object"]["metadata"]
    assert meta["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert int(meta["resourceVersion"]) >= int(made["metadata"]["resourceVersion"])
