"""Patches, selectors and quantities: input beside what comes of it."""

from __future__ import annotations

from typing import Any

import pytest

from trunkline.sandbox.admission.quantity import canonical
from trunkline.sandbox.errors import ApiStatus
from trunkline.sandbox.patching.json_patch import BadPatch, json_patched
from trunkline.sandbox.patching.merge_patch import merge_patched
from trunkline.sandbox.patching.strategic import strategic_patched
from trunkline.sandbox.selectors import field_selector, label_selector, selects
from trunkline.sandbox.typed.table import struct

POD = struct("api.core.v1.PodSpec")


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        pytest.param(("add", "/b", 2), {"a": [1], "b": 2}, id="add"),
        pytest.param(("add", "/a/0", 0), {"a": [0, 1]}, id="insert"),
        pytest.param(("add", "/a/-", 2), {"a": [1, 2]}, id="append"),
        pytest.param(("replace", "/a/0", 9), {"a": [9]}, id="replace"),
        pytest.param(("add", "/x~1y~0z", 1), {"a": [1], "x/y~z": 1}, id="escaped"),
        pytest.param(("remove", "/a", None), {}, id="remove"),
    ],
)
def test_json_patch(operation: tuple[str, str, Any], expected: Any) -> None:
    op, path, value = operation
    assert json_patched({"a": [1]}, [{"op": op, "path": path, "value": value}]) == expected


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param({"op": "remove", "path": "/b"}, id="not there"),
        pytest.param({"op": "test", "path": "/a", "value": 2}, id="test"),
        pytest.param({"op": "replace", "path": "/a/7", "value": 2}, id="out of bounds"),
        pytest.param({"op": "jump", "path": "/a"}, id="operation"),
        pytest.param({"op": "add", "path": "a", "value": 1}, id="pointer"),
    ],
)
def test_a_bad_json_patch(operation: Any) -> None:
    document = {"a": [1]}
    with pytest.raises(BadPatch):
        json_patched(document, [{"op": "add", "path": "/c", "value": 1}, operation])
    assert document == {"a": [1]}


def test_merge_patch() -> None:
    found = merge_patched({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": None, "e": 3}, "d": [2]})
    assert found == {"a": {"c": 2, "e": 3}, "d": [2]}


A, B = {"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        pytest.param(
            {"containers": [{"name": "b", "image": "b:2"}]},
            {"containers": [A, {"name": "b", "image": "b:2"}]},
            id="by key",
        ),
        pytest.param(
            {"containers": [{"name": "a", "$patch": "delete"}]}, {"containers": [B]}, id="delete"
        ),
        pytest.param(
            {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]},
            {"containers": [B, A]},
            id="order",
        ),
        pytest.param(
            {"containers": [{"$patch": "replace"}, A]}, {"containers": [A]}, id="replace a list"
        ),
        pytest.param({"containers": None}, {}, id="null"),
        pytest.param(
            {"nodeSelector": {"x": "y"}},
            {"containers": [A, B], "nodeSelector": {"x": "y"}},
            id="map",
        ),
    ],
)
def test_strategic_merge_patch(patch: Any, expected: Any) -> None:
    assert strategic_patched({"containers": [A, B]}, patch, POD) == expected


def test_a_set_loses_members() -> None:
    meta = struct("meta.v1.ObjectMeta")
    patch = {"$deleteFromPrimitiveList/finalizers": ["a/b"]}
    assert strategic_patched({"finalizers": ["a/b", "c/d"]}, patch, meta) == {"finalizers": ["c/d"]}


@pytest.mark.parametrize(
    ("selector", "taken"),
    [
        ("tier=web", True),
        ("tier==web,env!=prod", True),
        ("tier!=web", False),
        ("absent!=web", True),
        ("tier in (web, db)", True),
        ("tier notin (web)", False),
        ("absent notin (web)", True),
        ("tier", True),
        ("!tier", False),
        ("!absent,env", True),
        ("app.kubernetes.io/name=shop", True),
    ],
)
def test_label_selectors(selector: str, taken: bool) -> None:
    labels = {"tier": "web", "env": "test", "app.kubernetes.io/name": "shop"}
    assert label_selector(selector)(labels) is taken


def test_a_selector_of_an_object() -> None:
    selector = {
        "matchLabels": {"a": "1"},
        "matchExpressions": [
            {"key": "b", "operator": "In", "values": ["2"]},
            {"key": "c", "operator": "DoesNotExist"},
        ],
    }
    assert selects(selector)({"a": "1", "b": "2"})
    assert not selects(selector)({"a": "1", "b": "2", "c": "3"})


@pytest.mark.parametrize(
    ("selector", "taken"),
    [
        ("metadata.name=one", True),
        ("metadata.name!=one", False),
        ("status.phase=Running", True),
        ("status.phase=Running,spec.nodeName=", True),
    ],
)
def test_field_selectors(selector: str, taken: bool) -> None:
    pod = {"metadata": {"name": "one"}, "spec": {}, "status": {"phase": "Running"}}
    assert field_selector(selector, "pods")(pod) is taken


@pytest.mark.parametrize(
    ("selector", "plural"), [("spec.image=x", "pods"), ("data.a=1", "configmaps"), ("=", "pods")]
)
def test_an_unknown_field_selector(selector: str, plural: str) -> None:
    with pytest.raises(ApiStatus) as caught:
        field_selector(selector, plural)
    assert caught.value.code == 400


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("0.5", "500m"),
        ("1", "1"),
        ("1000m", "1"),
        ("1024Mi", "1Gi"),
        ("1536Mi", "1536Mi"),
        ("1.5Gi", "1536Mi"),
        ("0.5Mi", "512Ki"),
        ("1000", "1k"),
        ("1e3", "1e3"),
        ("100M", "100M"),
        ("0", "0"),
        ("lots", "lots"),
    ],
)
def test_quantities(sent: str, kept: str) -> None:
    assert canonical(sent) == kept
