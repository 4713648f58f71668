"""kubectl's three-way merge, and fields that a kind does not have: values in, values out."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from trunkline.core.clientside import LAST_APPLIED, merged, with_last_applied
from trunkline.core.undeclared import without_undeclared

A, B, C = ({"name": name, "value": "1"} for name in "ABC")


def manifest(spec: Any, api_version: str = "apps/v1") -> dict[str, Any]:
    kind = {"apiVersion": api_version, "kind": "Thing", "metadata": {"name": "x"}}
    return {**kind, "spec": spec}


@pytest.mark.parametrize(
    ("before", "desired", "live", "after"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, {"a": 9, "b": 2, "c": 3}, {"a": 1, "c": 3}),
        ({}, {"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}, {"a": {"c": 2}}),
        ({"a": 1}, {"a": None}, {"a": 1}, {}),
        ({"env": [A, B]}, {"env": [B]}, {"env": [A, B, C]}, {"env": [B, C]}),
        ({"env": [A]}, {"env": [B, A]}, {"env": [A, C]}, {"env": [B, A, C]}),
        ({"args": ["a"]}, {"args": ["b"]}, {"args": ["a", "x"]}, {"args": ["b"]}),
        (
            {"finalizers": ["a"]},
            {"finalizers": []},
            {"finalizers": ["a", "x"]},
            {"finalizers": ["x"]},
        ),
        (
            {"ports": [{"containerPort": 53, "protocol": "TCP"}]},
            {"ports": [{"containerPort": 53}, {"containerPort": 53, "protocol": "UDP"}]},
            {"ports": [{"containerPort": 53, "protocol": "TCP"}]},
            {"ports": [{"containerPort": 53}, {"containerPort": 53, "protocol": "UDP"}]},
        ),
        (
            {"strategy": {"type": "RollingUpdate"}},
            {"strategy": {"type": "Recreate"}},
            {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}},
            {"strategy": {"type": "Recreate"}},
        ),
        (
            {"volumes": [{"name": "v", "emptyDir": {}}]},
            {"volumes": [{"name": "v", "configMap": {"name": "c"}}]},
            {"volumes": [{"name": "v", "emptyDir": {"x": 1}}]},
            {"volumes": [{"name": "v", "configMap": {"name": "c"}}]},
        ),
    ],
    ids=[
        "others stay, ours go",
        "maps are merged",
        "deep",
        "null removes",
        "an item goes",
        "the order of Git",
        "plain lists are one value",
        "sets",
        "keys that do not tell apart",
        "a union",
        "a union in a list",
    ],
)
def test_three_ways(before: Any, desired: Any, live: Any, after: Any) -> None:
    standing = {**with_last_applied(manifest(before)), "spec": live}
    assert merged(manifest(desired), standing)["spec"] == after


def test_lists_of_custom_kinds_are_one_value() -> None:
    custom = "example.test/v1"
    standing = {**with_last_applied(manifest({"env": [A]}, custom)), "spec": {"env": [A, C]}}
    assert merged(manifest({"env": [B]}, custom), standing)["spec"] == {"env": [B]}


def test_what_was_never_applied_takes_nothing_away_and_is_applied_from_now_on() -> None:
    found = merged(manifest({"a": 1}), manifest({"b": 2}))
    assert found["spec"] == {"a": 1, "b": 2}
    assert orjson.loads(found["metadata"]["annotations"][LAST_APPLIED]) == manifest({"a": 1})


@pytest.mark.parametrize(
    ("refusal", "after"),
    [
        ("does not fit its schema: .spec.replicaz: field not declared in schema", {"replicaz"}),
        (
            (
                'errors:\n  .spec.containers[name="web"].imagee: field not declared in schema\n'
                "  .spec.replicaz: field not declared in schema"
            ),
            {"replicaz", "imagee"},
        ),
        (".spec.list[1].deep: field not declared in schema", {"deep"}),
        (".spec.nowhere.at: field not declared in schema", set()),
        ("spec.replicas: Invalid value: -1", set()),
    ],
    ids=["one", "two", "by position", "not there", "another mistake"],
)
def test_fields_that_a_kind_does_not_have_are_taken_out(refusal: str, after: set[str]) -> None:
    spec = {
        "replicaz": 3,
        "containers": [{"name": "db", "imagee": "kept"}, {"name": "web", "imagee": "gone"}],
        "list": [{"deep": 1}, {"deep": 2}],
    }
    left = without_undeclared(manifest(spec), refusal)["spec"]
    gone = {
        name
        for name, there in {
            "replicaz": "replicaz" in left,
            "imagee": "imagee" in left["containers"][1],
            "deep": "deep" in left["list"][1],
        }.items()
        if not there
    }
    assert gone == after
    assert left["containers"][0]["imagee"] == "kept" and left["list"][0] == {"deep": 1}
