"""Who owns a field, read from managedFields: the tree of FieldsV1 beside the path."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from trunkline.core.diff.path import Item, Path
from trunkline.core.diff.writers import writers, writers_of

LIVE: dict[str, Any] = yaml.safe_load("""
metadata:
  finalizers: [a/b]
  managedFields:
    - manager: trunkline
      operation: Apply
      time: "2026-01-01T00:00:00Z"
      fieldsV1:
        f:spec:
          f:template: {f:containers: {'k:{"name":"web"}': {.: {}, f:name: {}, f:args: {}}}}
          f:ports: {'k:{"port":80,"protocol":"TCP"}': {.: {}, f:port: {}, f:name: {}}}
    - manager: kubectl-edit
      operation: Update
      time: "2026-01-03T00:00:00Z"
      fieldsV1:
        f:spec:
          f:replicas: {}
          f:template: {f:containers: {'k:{"name":"web"}': {f:image: {}, f:args: {}}}}
    - manager: controller
      operation: Update
      subresource: status
      time: "2026-01-02T00:00:00Z"
      fieldsV1: {f:metadata: {f:finalizers: {.: {}, 'v:"a/b"': {}}}, f:spec: {f:selector: {}}}
spec:
  replicas: 3
  selector: {app: {name: web}}
  template: {containers: [{name: other}, {name: web, image: x, args: [a, b]}]}
  ports: [{name: http, port: 80, protocol: TCP}]
""")
WEB = Item((("name", "web"),))

CASES: dict[str, tuple[Path, list[str]]] = {
    "a plain field": (("spec", "replicas"), ["kubectl-edit"]),
    "a field of an item": (("spec", "template", "containers", WEB, "image"), ["kubectl-edit"]),
    "two owners, the latest first": (
        ("spec", "template", "containers", WEB, "args"),
        ["kubectl-edit", "trunkline"],
    ),
    "inside of an atomic list": (
        ("spec", "template", "containers", WEB, "args", 1),
        ["kubectl-edit", "trunkline"],
    ),
    "inside of an atomic map": (("spec", "selector", "app", "name"), ["controller"]),
    "an item known by another key": (
        ("spec", "ports", Item((("name", "http"),)), "port"),
        ["trunkline"],
    ),
    "a member of a set": (("metadata", "finalizers", Item((("", "a/b"),))), ["controller"]),
    "another container": (
        ("spec", "template", "containers", Item((("name", "other"),)), "image"),
        [],
    ),
    "nothing there": (("spec", "paused"), []),
}


@pytest.mark.parametrize("name", CASES)
def test_the_owners_of_a_field(name: str) -> None:
    path, owners = CASES[name]
    assert [one.manager for one in writers_of(LIVE, path)] == owners


def test_all_writers_the_latest_first() -> None:
    assert [(one.manager, one.operation) for one in writers(LIVE)] == [
        ("kubectl-edit", "Update"),
        ("controller", "Update status"),
        ("trunkline", "Apply"),
    ]
