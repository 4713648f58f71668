"""The practice cloud by itself: what is made, what is refused, and what many do at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from trunkline.practice.cloud.faults import due, spent
from trunkline.practice.cloud.file import CloudFile
from trunkline.practice.cloud.world import Refused, World
from trunkline.practice.kinds import KINDS
from trunkline.practice.plugin.planning import created, replaced_by, updated
from trunkline.practice.plugin.values import UNKNOWN

CONFIG: dict[str, dict[str, Any]] = {
    "network": {"name": "main", "cidr": "10.0.0.0/16"},
    "cluster": {"name": "eu", "network_id": "net-1"},
    "database": {"name": "orders", "engine": "postgres", "network_id": "net-1"},
    "bucket": {"name": "backups"},
    "load_balancer": {"name": "edge", "network_id": "net-1", "listener": []},
}


def config(kind: str, **more: Any) -> dict[str, Any]:
    """What Terraform sends: each field, None where nothing is said."""
    names = (field.name for field in KINDS[kind].fields)
    return {**dict.fromkeys(names), **CONFIG[kind], **more}


def given(kind: str, region: str = "eu", **more: Any) -> dict[str, Any]:
    planned = created(KINDS[kind], config(kind, **more), region)
    return {name: value for name, value in planned.items() if value is not UNKNOWN}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_made_is_as_it_was_planned(kind: str) -> None:
    planned = created(KINDS[kind], config(kind), "eu")
    made = World({}).create(KINDS[kind], given(kind))
    assert made.keys() == planned.keys() == {field.name for field in KINDS[kind].fields}
    assert {name: made[name] for name, value in planned.items() if value is not UNKNOWN} == {
        name: value for name, value in planned.items() if value is not UNKNOWN
    }


def test_what_somebody_edited_by_hand_stays_where_an_update_says_nothing_of_it() -> None:
    """Else the update would find it other than it was planned."""
    world, kind = World({}), KINDS["database"]
    made = dict(world.create(kind, given("database")))
    edited = dict(world.edit(kind, "orders", {"engine": "mysql"}))
    larger = {**edited, "size": "large"}
    assert world.update(kind, made["id"], larger) == larger
    back = world.update(kind, made["id"], given("database", engine="redis"))
    assert (back["port"], back["url"][:8]) == (6379, "redis://")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_given_again_changes_nothing(kind: str) -> None:
    world = World({})
    made = dict(world.create(KINDS[kind], given(kind)))
    planned = updated(KINDS[kind], made, config(kind), "eu")
    assert planned == made
    assert replaced_by(KINDS[kind], made, planned) == ()
    assert world.update(KINDS[kind], made["id"], given(kind)) == made


def test_the_same_cloud_gives_the_same_ids_and_a_new_object_a_new_one() -> None:
    one, two = World({}), World({})
    first = one.create(KINDS["network"], given("network"))["id"]
    assert two.create(KINDS["network"], given("network"))["id"] == first
    one.delete(KINDS["network"], first)
    assert one.create(KINDS["network"], given("network"))["id"] != first


def test_a_cluster_that_is_really_there_answers_for_itself() -> None:
    world = World({"hosts": {"eu": {"endpoint": "https://127.0.0.1:6443", "token": "real"}}})
    found = world.create(KINDS["cluster"], given("cluster"))
    assert (found["endpoint"], found["token"]) == ("https://127.0.0.1:6443", "real")


def refused(call: Any) -> str:
    with pytest.raises(Refused) as raised:
        call()
    return str(raised.value)


def test_what_the_cloud_refuses() -> None:
    world = World({})
    network = world.create(KINDS["network"], given("network"))
    inside = {"network_id": network["id"]}
    cluster = world.create(KINDS["cluster"], given("cluster", version="1.36", **inside))
    bucket = world.create(KINDS["bucket"], given("bucket"))
    world.edit(KINDS["bucket"], "backups", {"object_count": 3})
    older = given("cluster", version="1.35", **inside)
    assert "still needs it" in refused(lambda: world.delete(KINDS["network"], network["id"]))
    assert "cannot go back" in refused(lambda: world.update(KINDS["cluster"], cluster["id"], older))
    assert "holds 3 objects" in refused(lambda: world.delete(KINDS["bucket"], bucket["id"]))
    assert "is there" in refused(lambda: world.create(KINDS["bucket"], given("bucket", "us")))
    # Of another kind than a bucket, two regions may have the same name.
    world.create(KINDS["network"], given("network", "us"))


def test_a_fault_that_is_used_up_goes() -> None:
    world = World({"faults": [{"on": "create", "kind": "data*", "do": "fail", "times": 1}]})
    assert due(world, "update", "database", {}) is None
    assert due(world, "create", "network", {}) is None
    met = due(world, "create", "database", {"name": "orders"})
    assert met is not None
    spent(world, met)
    assert world.data["faults"] == []


def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    cloud = CloudFile(tmp_path / "cloud.json")

    def make(at: int) -> None:
        with cloud.changing() as world:
            world.create(KINDS["network"], given("network", name=f"network-{at}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(make, range(100)))
    assert len(list(cloud.read().all())) == 100


def test_a_change_that_fails_changes_nothing(tmp_path: Path) -> None:
    cloud = CloudFile(tmp_path / "cloud.json")
    with pytest.raises(Refused), cloud.changing() as world:
        world.create(KINDS["network"], given("network"))
        world.create(KINDS["network"], given("network"))
    assert list(cloud.read().all()) == []
