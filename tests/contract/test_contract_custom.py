"""Custom resources: established, then served, defaulted and checked by their schema."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from contract.objects import crd, custom
from contract.place import Place, eventually
from trunkline.core.manifest import Manifest, Ref
from trunkline.edge.cluster.discovery import Discovery
from trunkline.edge.cluster.errors import ApiError, Invalid, NotFound

MERGE_PATCH = "application/merge-patch+json"
numbers = itertools.count(1)


@pytest.fixture
async def kind(place: Place) -> str:
    """A fresh kind, established and discovered."""
    number = next(numbers)
    name = f"Database{number}"
    definition = await place.client.create(crd(plural(name), name))
    await established(place, definition)
    return name


def plural(kind: str) -> str:
    return f"{kind.lower()}s"


async def established(place: Place, definition: Manifest) -> None:
    def done(live: Manifest) -> bool:
        conditions = (live.get("status") or {}).get("conditions") or ()
        return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)

    def served(found: Discovery) -> bool:
        spec = definition["spec"]
        return found.find(spec["group"], spec["names"]["kind"]) is not None

    await eventually(lambda: place.live(definition), done, "the kind is established")
    # Discovery tells of it a moment later.
    await eventually(place.client.rediscover, served, "the kind is discovered")


async def test_an_object_before_its_definition(place: Place) -> None:
    early = custom("Early", place.namespace)
    with pytest.raises(NotFound, match="Early"):
        await place.client.apply(early)
    definition = await place.client.apply(crd("earlies", "Early"))
    await established(place, definition)

    async def served() -> Manifest | None:
        try:
            return await place.client.apply(early)
        except NotFound:
            return None

    await eventually(served, bool, "objects of the kind are taken")


async def test_a_definition_is_discovered(place: Place, kind: str) -> None:
    found = (await place.client.discovery()).find("contract.example", kind)
    assert found is not None
    assert (found.plural, found.version, found.namespaced) == (plural(kind), "v1", True)


async def test_defaults_of_the_schema(place: Place, kind: str) -> None:
    made = await place.client.apply(custom(kind, place.namespace, region="eu"))
    assert made["spec"] == {"region": "eu", "size": 3}
    assert made["metadata"]["generation"] == 1
    again = await place.client.apply(custom(kind, place.namespace, region="eu"))
    assert again["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


async def test_the_schema_refuses(place: Place, kind: str) -> None:
    with pytest.raises(Invalid, match=r"spec\.size"):
        await place.client.apply(custom(kind, place.namespace, size=0))
    with pytest.raises(ApiError, match="region"):
        await place.client.apply(custom(kind, place.namespace, region={"name": "eu"}))


async def test_unknown_fields_are_pruned(place: Place, kind: str) -> None:
    path = f"/apis/contract.example/v1/namespaces/{place.namespace}/{plural(kind)}"
    answer = await place.raw("POST", path, custom(kind, place.namespace, sise=1))
    assert answer.status == 201
    assert answer.body["spec"] == {"size": 3}


async def test_a_map_is_owned_by_key(place: Place, kind: str) -> None:
    await place.client.apply(custom(kind, place.namespace, labels={"a": "1", "b": "2"}))
    after = await place.client.apply(custom(kind, place.namespace, labels={"b": "2"}))
    assert after["spec"]["labels"] == {"b": "2"}


async def test_status_is_written_apart(place: Place, kind: str) -> None:
    made = await place.client.apply(custom(kind, place.namespace))
    patch = {"spec": {"size": 9}, "status": {"phase": "Ready"}}
    after = await place.client.patch(
        Ref.of(made), patch, content_type=MERGE_PATCH, subresource="status"
    )
    assert (after["spec"], after["status"]) == ({"size": 3}, {"phase": "Ready"})
    assert after["metadata"]["generation"] == 1
    plain = await place.client.patch(Ref.of(made), patch, content_type=MERGE_PATCH)
    assert plain["metadata"]["generation"] == 2
    other = {"status": {"phase": "Other"}}
    last = await place.client.patch(Ref.of(made), other, content_type=MERGE_PATCH)
    assert last["status"] == {"phase": "Ready"}


async def test_a_cluster_wide_kind(place: Place) -> None:
    definition = await place.client.create(crd("regions", "Region", scope="Cluster"))
    await established(place, definition)
    made = await place.client.apply(custom("Region", "", "eu"))
    assert "namespace" not in made["metadata"]
    assert await place.live(made) == made


async def test_a_watch_from_before_the_kind_is_gone(place: Place, kind: str) -> None:
    """No server keeps every event; one that a watch asks for in vain is said to be gone.

    The storage of a new kind may need a moment, and its server says 429 until then.
    """
    resource = (await place.client.discovery()).find("contract.example", kind)
    assert resource is not None

    async def watched() -> int:
        try:
            async with asyncio.timeout(10):
                async for _ in place.client.watch(resource, resource_version="1"):
                    break
        except ApiError as error:
            return error.status
        except TimeoutError:
            pass
        return 0

    await eventually(watched, lambda status: status == 410, "it is said to be gone")


async def test_a_definition_takes_its_objects_along(place: Place, kind: str) -> None:
    made = await place.client.apply(custom(kind, place.namespace))
    definition = Ref(
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        "",
        f"{plural(kind)}.contract.example",
    )
    await place.client.delete(definition)
    await place.client.wait_gone(definition, timeout=60)
    await place.client.rediscover()
    assert await place.client.get(Ref.of(made)) is None
