"""Sets of fields, and what apply and update do with them, without a server."""

from __future__ import annotations

from typing import Any

import pytest

from trunkline.sandbox.fields.extract import fields_of, with_named
from trunkline.sandbox.fields.managers import Owner, Share
from trunkline.sandbox.fields.merge import merged, without
from trunkline.sandbox.fields.ownership import Conflicts, applied, updated
from trunkline.sandbox.fields.sets import difference, intersection, paths, union
from trunkline.sandbox.typed.table import struct

CONFIG = struct("api.core.v1.ConfigMap")
DEPLOYMENT = struct("api.apps.v1.Deployment")
SERVICE = struct("api.core.v1.Service")

AB = {"f:a": {}, "f:b": {"f:c": {}}}
BC = {"f:b": {".": {}, "f:d": {}}, "f:e": {}}
MAIN = 'k:{"name":"main"}'


@pytest.mark.parametrize(
    ("do", "a", "b", "expected"),
    [
        pytest.param(
            union,
            AB,
            BC,
            {"f:a": {}, "f:b": {".": {}, "f:c": {}, "f:d": {}}, "f:e": {}},
            id="union",
        ),
        pytest.param(
            union, {"f:a": {}}, {"f:a": {"f:b": {}}}, {"f:a": {".": {}, "f:b": {}}}, id="."
        ),
        pytest.param(difference, AB, {"f:a": {}}, {"f:b": {"f:c": {}}}, id="difference"),
        pytest.param(
            difference, BC, {"f:b": {}}, {"f:b": {"f:d": {}}, "f:e": {}}, id="only member"
        ),
        pytest.param(intersection, AB, BC, {}, id="nothing shared"),
        pytest.param(intersection, BC, {"f:b": {}}, {"f:b": {}}, id="intersection"),
    ],
)
def test_sets(do: Any, a: Any, b: Any, expected: Any) -> None:
    assert do(a, b) == expected


def test_paths_are_written_as_people_read_them() -> None:
    fields = {"f:spec": {"f:ports": {'k:{"port":80}': {".": {}, "f:name": {}}}, "f:x": {}}}
    assert paths(fields) == [
        '.spec.ports["port"=80]',
        '.spec.ports["port"=80].name',
        ".spec.x",
    ]


def pods(**container: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": [{"name": "main", **container}]}}}}


def within(container: Any) -> dict[str, Any]:
    one = {".": {}, "f:name": {}, **container}
    return {"f:spec": {"f:template": {"f:spec": {"f:containers": {MAIN: one}}}}}


PORT = 'k:{"containerPort":80,"protocol":"TCP"}'


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(pods(args=["a"]), within({"f:args": {}}), id="atomic list"),
        pytest.param(
            pods(ports=[{"containerPort": 80}]),
            within({"f:ports": {PORT: {".": {}, "f:containerPort": {}}}}),
            id="key with a default",
        ),
        pytest.param(pods(resources={}), within({"f:resources": {}}), id="empty struct"),
        pytest.param(
            pods(resources={"limits": {"cpu": "1"}}),
            within({"f:resources": {"f:limits": {"f:cpu": {}}}}),
            id="map",
        ),
        pytest.param(
            {"spec": {"selector": {"matchLabels": {"a": "b"}}}},
            {"f:spec": {"f:selector": {}}},
            id="atomic struct",
        ),
        pytest.param(
            {"metadata": {"finalizers": ["x/y"]}},
            {"f:metadata": {"f:finalizers": {'v:"x/y"': {}}}},
            id="set",
        ),
    ],
)
def test_what_an_object_names(value: Any, expected: Any) -> None:
    assert fields_of(value, DEPLOYMENT) == expected


def test_named_fields_on_the_way_are_members() -> None:
    fields = {"f:spec": {"f:strategy": {"f:type": {}}}}
    assert with_named(fields, DEPLOYMENT) == {
        "f:spec": {".": {}, "f:strategy": {".": {}, "f:type": {}}}
    }


@pytest.mark.parametrize(
    ("live", "new", "order"),
    [
        pytest.param("ab", "ab", "ab", id="same"),
        pytest.param("ab", "ba", "ba", id="applied order wins"),
        pytest.param("sm", "m", "sm", id="of others, before"),
        pytest.param("ms", "m", "ms", id="of others, after"),
        pytest.param("s", "m", "sm", id="new ones last"),
    ],
)
def test_the_order_of_merged_lists(live: str, new: str, order: str) -> None:
    def containers(names: str) -> dict[str, Any]:
        return {"spec": {"template": {"spec": {"containers": [{"name": n} for n in names]}}}}

    found = merged(containers(live), containers(new), DEPLOYMENT)
    assert found == containers(order)


def test_what_is_emptied_is_null() -> None:
    live = {"data": {"a": "1"}, "kind": "ConfigMap"}
    assert without(live, {"f:data": {"f:a": {}}}, CONFIG) == {"data": None, "kind": "ConfigMap"}


def config(**data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data}


US, THEM = Owner.applying("us"), Owner.applying("them")


def owning(*names: str) -> Share:
    return Share({"f:data": {f"f:{name}": {} for name in names}}, "t", "v1")


def apply(live: Any, new: Any, shares: Any, *, force: bool = False) -> tuple[Any, Any]:
    found, after = applied(live, new, CONFIG, shares, US, force=force, ignored={})
    return found.get("data"), {one: share.fields for one, share in after.items()}


ONE, TWO = {"a": "1"}, {"a": "1", "b": "1"}


@pytest.mark.parametrize(
    ("live", "new", "shares", "data", "ours", "theirs"),
    [
        pytest.param({}, ONE, {}, ONE, "a", "", id="first"),
        pytest.param(TWO, ONE, {US: "ab"}, ONE, "a", "", id="dropped"),
        pytest.param(TWO, ONE, {US: "ab", THEM: "b"}, TWO, "a", "b", id="dropped, still theirs"),
        pytest.param(ONE, ONE, {THEM: "a"}, ONE, "a", "a", id="shared"),
    ],
)
def test_apply(live: Any, new: Any, shares: Any, data: Any, ours: str, theirs: str) -> None:
    owned = {one: owning(*names) for one, names in shares.items()}
    found, after = apply(config(**live), config(**new), owned)
    expected = {US: ours, THEM: theirs}
    assert found == data
    assert after == {one: owning(*names).fields for one, names in expected.items() if names}


def test_an_empty_map_is_owned_as_such() -> None:
    found, after = apply(config(a="1"), config(), {US: owning("a")})
    assert (found, after) == (None, {US: {"f:data": {}}})


def test_a_conflict_and_its_force() -> None:
    shares = {THEM: owning("a")}
    with pytest.raises(Conflicts) as caught:
        apply(config(a="1"), config(a="2"), shares)
    assert caught.value.owners == {THEM: {"f:data": {"f:a": {}}}}
    found, after = apply(config(a="1"), config(a="2"), shares, force=True)
    assert (found, after) == ({"a": "2"}, {US: owning("a").fields})


def test_an_update_takes_what_it_changes() -> None:
    editor = Owner.updating("edit", "v1")
    after = updated(
        config(a="1", b="1"),
        config(a="2", b="1"),
        CONFIG,
        {US: owning("a", "b")},
        editor,
        ignored={},
    )
    fields = {one: share.fields for one, share in after.items()}
    assert fields == {US: owning("b").fields, editor: owning("a").fields}
