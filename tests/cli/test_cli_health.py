"""`trunkline health` for people who write rules."""

from __future__ import annotations

import json
from pathlib import Path

LIVE = """\
apiVersion: example.com/v1
kind: Widget
metadata: {name: b, namespace: shop}
status: {phase: Good}
---
apiVersion: v1
kind: Pod
metadata: {name: a}
"""


def laid(tmp_path: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def test_json_holds_the_objects_in_their_order(typed, tmp_path: Path) -> None:
    rule = 'return {status = "Suspended", message = "is " .. obj.status.phase}'
    laid(tmp_path, {"live.yaml": LIVE, "rules/example.com/Widget/health.lua": rule})
    live, rules = str(tmp_path / "live.yaml"), str(tmp_path / "rules")
    said = typed("health", live, "--rules", rules, "-o", "json")
    assert said.code == 0
    assert json.loads(said.out) == [
        {
            "ref": {
                "group": "example.com", "kind": "Widget", "namespace": "shop", "name": "b",
            },
            "status": "Suspended",
            "message": "is Good",
        },
        {
            "ref": {"group": "", "kind": "Pod", "namespace": "", "name": "a"},
            "status": "Progressing",
            "message": "waits to be started",
        },
    ]  # fmt: skip


def test_a_rule_that_fails_is_told_with_file_and_line(typed, tmp_path: Path) -> None:
    config = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm}
data:
  resource.customizations.health.example.com_Widget: |
    hs = {}
    hs.status = obj.status.no.such
    return hs
  resource.customizations.health.example.com_Other: |
    return {
"""
    laid(tmp_path, {"live.yaml": LIVE, "cm.yaml": config})
    file = tmp_path / "cm.yaml"
    said = typed("health", str(tmp_path / "live.yaml"), "--rules", str(file), "-o", "json")
    first, second = json.loads(said.out)
    assert said.code == 1
    assert (first["status"], second["status"]) == ("Unknown", "Progressing")
    assert first["message"] == (f"health rule {file}:7: attempt to index field 'no' (a nil value)")
    assert f"health rule {file}:11: unexpected symbol near '<eof>'" in said.err
    assert first["message"] in said.err


def test_a_single_rule_may_be_named(typed, tmp_path: Path) -> None:
    laid(tmp_path, {"live.yaml": LIVE, "x/example.com/Widget/health.lua": "return {}"})
    rule = tmp_path / "x/example.com/Widget/health.lua"
    said = typed("health", str(tmp_path / "live.yaml"), "--rules", str(rule))
    assert f"{rule}:1 says nothing of it" in said.out


def test_a_path_without_rules_is_refused(typed, tmp_path: Path) -> None:
    laid(tmp_path, {"live.yaml": LIVE})
    said = typed("health", str(tmp_path / "live.yaml"), "--rules", str(tmp_path))
    assert said.code == 1
    assert "no health rules" in said.err


def test_the_kinds_that_have_rules_are_listed(typed) -> None:
    said = typed("health", "--list", "-o", "json")
    listed = {(one["group"], kind) for one in json.loads(said.out) for kind in one["kinds"]}
    assert {("cert-manager.io", "Certificate"), ("", "Pod"), ("*.crossplane.io", "*")} <= listed
