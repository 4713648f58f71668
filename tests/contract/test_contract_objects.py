"""Create, read, list, replace, patch."""

from __future__ import annotations

import pytest

from contract.objects import config_map, deployment, namespace, secret, service
from contract.place import Place
from trunkline.core.manifest import Manifest, Ref
from trunkline.edge.cluster.discovery import Resource
from trunkline.edge.cluster.errors import ApiError, Conflict, Invalid, NotFound

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"


async def config_maps(place: Place) -> Resource:
    found = (await place.client.discovery()).find("", "ConfigMap")
    assert found is not None
    return found


async def names(place: Place, **asked: str | int) -> list[str]:
    """The names of this namespace's config maps, without what a controller puts there."""
    resource = await config_maps(place)
    listed = place.client.list(resource, namespace=place.namespace, **asked)  # type: ignore[arg-type]
    found = [one["metadata"]["name"] async for one in listed]
    return [name for name in found if name != "kube-root-ca.crt"]


async def test_create_gives_an_identity(place: Place) -> None:
    made = await place.client.create(config_map(place.namespace))
    meta = made["metadata"]
    assert meta["uid"] and meta["resourceVersion"] and meta["creationTimestamp"].endswith("Z")
    assert await place.live(made) == made


async def test_create_twice(place: Place) -> None:
    await place.client.create(config_map(place.namespace))
    with pytest.raises(Conflict, match="settings") as caught:
        await place.client.create(config_map(place.namespace))
    assert (caught.value.status, caught.value.reason) == (409, "AlreadyExists")


async def test_a_generated_name(place: Place) -> None:
    wanted = config_map(place.namespace, generateName="run-")
    del wanted["metadata"]["name"]
    made = [await place.client.create(wanted) for _ in range(2)]
    first, second = (one["metadata"]["name"] for one in made)
    assert first != second
    assert first.startswith("run-") and len(first) == len("run-") + 5


@pytest.mark.parametrize(
    "ref",
    [
        pytest.param(Ref("", "ConfigMap", "default", "nobody"), id="object"),
        pytest.param(Ref("", "ConfigMap", "no-such-namespace", "nobody"), id="namespace"),
        pytest.param(Ref("", "Nonesuch", "default", "nobody"), id="kind"),
        pytest.param(Ref("nowhere.example", "Thing", "default", "nobody"), id="group"),
    ],
)
async def test_what_is_missing_is_none(place: Place, ref: Ref) -> None:
    assert await place.client.get(ref) is None


async def test_a_missing_namespace_refuses_objects(place: Place) -> None:
    with pytest.raises(NotFound, match="no-such-namespace"):
        await place.client.create(config_map("no-such-namespace"))
    with pytest.raises(NotFound, match="no-such-namespace"):
        await place.client.apply(config_map("no-such-namespace"))


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("", ["one", "three", "two"]),
        ("tier=web", ["one", "two"]),
        ("tier==web,size=big", ["two"]),
        ("tier!=web", ["three"]),
        ("size", ["two"]),
        ("!size", ["one", "three"]),
        ("tier in (web, db)", ["one", "three", "two"]),
        ("tier notin (web)", ["three"]),
    ],
)
async def test_label_selectors(place: Place, selector: str, expected: list[str]) -> None:
    for name, labels in {
        "one": {"tier": "web"},
        "two": {"tier": "web", "size": "big"},
        "three": {"tier": "db"},
    }.items():
        await place.client.create(config_map(place.namespace, name, labels=labels))
    root = ",tier" if selector in ("tier!=web", "tier notin (web)", "!size") else ""
    assert await names(place, label_selector=selector + root) == expected


async def test_a_field_selector(place: Place) -> None:
    for name in ("one", "two"):
        await place.client.create(config_map(place.namespace, name))
    assert await names(place, field_selector="metadata.name=two") == ["two"]


async def test_pages_make_one_list(place: Place) -> None:
    expected = [f"map-{number}" for number in range(7)]
    for name in reversed(expected):
        await place.client.create(config_map(place.namespace, name))
    assert await names(place, page=2) == expected


async def test_a_page_says_how_it_goes_on(place: Place) -> None:
    path = f"/api/v1/namespaces/{place.namespace}/secrets"
    for number in range(3):
        await place.client.create(secret(place.namespace, f"s{number}"))
    first = (await place.raw("GET", path, limit="2")).body
    token = first["metadata"]["continue"]
    second = (await place.raw("GET", path, limit="2", **{"continue": token})).body
    assert first["metadata"]["remainingItemCount"] == 1
    assert [len(first["items"]), len(second["items"])] == [2, 1]
    assert "continue" not in second["metadata"]


async def test_listed_objects_say_their_kind(place: Place) -> None:
    await place.client.create(config_map(place.namespace))
    resource = await config_maps(place)
    kinds = {
        (one["apiVersion"], one["kind"])
        async for one in place.client.list(resource, namespace=place.namespace)
    }
    assert kinds == {("v1", "ConfigMap")}


async def test_a_list_of_all_namespaces(place: Place) -> None:
    other = await place.client.create(namespace(f"{place.namespace}-b"))
    for space in (place.namespace, other["metadata"]["name"]):
        await place.client.create(config_map(space, "wide", labels={"of": place.namespace}))
    resource = await config_maps(place)
    listed = place.client.list(resource, label_selector=f"of={place.namespace}")
    spaces = [one["metadata"]["namespace"] async for one in listed]
    await place.client.delete(Ref.of(other))
    assert sorted(spaces) == [place.namespace, f"{place.namespace}-b"]


async def test_replace_refuses_a_stale_version(place: Place) -> None:
    made = await place.client.create(config_map(place.namespace))
    newer = await place.client.replace({**made, "data": {"a": "2"}})
    assert newer["metadata"]["resourceVersion"] != made["metadata"]["resourceVersion"]
    with pytest.raises(Conflict, match="modified") as caught:
        await place.client.replace({**made, "data": {"a": "3"}})
    assert caught.value.reason == "Conflict"
    assert (await place.live(made))["data"] == {"a": "2"}


async def test_a_merge_patch_removes_by_null(place: Place) -> None:
    made = await place.client.create(config_map(place.namespace, data={"a": "1", "b": "2"}))
    patch = {"data": {"a": None, "c": "3"}}
    answer = await place.client.patch(Ref.of(made), patch, content_type=MERGE_PATCH)
    assert answer["data"] == {"b": "2", "c": "3"}


async def test_a_json_patch_is_all_or_nothing(place: Place) -> None:
    made = await place.client.create(config_map(place.namespace))
    patch = [
        {"op": "add", "path": "/data/b", "value": "2"},
        {"op": "test", "path": "/data/a", "value": "other"},
    ]
    with pytest.raises(ApiError) as caught:
        await place.client.patch(Ref.of(made), patch, content_type=JSON_PATCH)
    assert caught.value.status == 422
    await place.client.patch(Ref.of(made), patch[:1], content_type=JSON_PATCH)
    assert (await place.live(made))["data"] == {"a": "1", "b": "2"}


async def test_a_patch_that_changes_nothing_keeps_the_version(place: Place) -> None:
    made = await place.client.create(config_map(place.namespace))
    same = await place.client.patch(Ref.of(made), {"data": {"a": "1"}}, content_type=MERGE_PATCH)
    assert same["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


async def test_generation_counts_changes_of_the_spec(place: Place) -> None:
    made = await place.client.create(deployment(place.namespace, replicas=0))
    labelled = await place.client.patch(
        Ref.of(made), {"metadata": {"labels": {"team": "a"}}}, content_type=MERGE_PATCH
    )
    scaled = await place.client.patch(
        Ref.of(made), {"spec": {"replicas": 1}}, content_type=MERGE_PATCH
    )
    generations = [one["metadata"]["generation"] for one in (made, labelled, scaled)]
    assert generations == [1, 1, 2]


async def test_string_data_becomes_data(place: Place) -> None:
    made = await place.client.create(secret(place.namespace, stringData={"user": "ada"}))
    assert made["data"] == {"user": "YWRh"}
    assert "stringData" not in made and made["type"] == "Opaque"


async def test_a_service_gets_an_address(place: Place) -> None:
    made = await place.client.create(service(place.namespace))
    assert made["spec"]["clusterIP"].count(".") == 3
    assert made["spec"]["ports"][0]["protocol"] == "TCP"


BAD: dict[str, tuple[Manifest, str]] = {
    "name": (config_map("NS", "Not_A_Name"), "Not_A_Name"),
    "label": (config_map("NS", labels={"a": "not valid!"}), "not valid!"),
    "selector": (
        {**deployment("NS"), "spec": {**deployment("NS")["spec"], "selector": {}}},
        "selector",
    ),
}


@pytest.mark.parametrize("case", sorted(BAD))
async def test_an_invalid_object_is_refused(place: Place, case: str) -> None:
    manifest, said = BAD[case]
    meta = {**manifest["metadata"], "namespace": place.namespace}
    with pytest.raises(Invalid, match=said) as caught:
        await place.client.create({**manifest, "metadata": meta})
    assert caught.value.status == 422


async def test_the_names_of_a_kind(place: Place) -> None:
    for name in ("a", "b", "c"):
        await place.client.create(config_map(place.namespace, name=name))
    resource = await config_maps(place)
    found = await place.client.names(resource, namespace=place.namespace)
    made = {(place.namespace, name) for name in ("a", "b", "c")}
    assert found is not None and found - {(place.namespace, "kube-root-ca.crt")} == made
    everywhere = await place.client.names(resource, most=100_000)
    assert everywhere is not None and everywhere >= made
    assert await place.client.names(resource, namespace=place.namespace, most=2) is None
    assert await place.client.names(resource, namespace="no-such-namespace") == frozenset()
