"""What becomes ours of an object that another tool applied, and what stays that tool's."""

from __future__ import annotations

from typing import Any

import pytest

from trunkline.core.adopt import taken_over

MARKS = {
    "f:annotations": {"f:argocd.argoproj.io/tracking-id": {}},
    "f:labels": {"f:app.kubernetes.io/instance": {}, "f:argocd.argoproj.io/instance": {}},
}


def config_map(manager: str) -> dict[str, Any]:
    labels = {**MARKS["f:labels"], "f:team": {}}
    fields = {"f:metadata": {**MARKS, "f:labels": labels}, "f:data": {"f:a": {}}}
    entry = {"manager": manager, "operation": "Apply", "apiVersion": "v1", "fieldsV1": fields}
    return {"metadata": {"name": "web", "managedFields": [entry]}}


@pytest.mark.parametrize(
    ("manager", "stays"),
    [
        pytest.param(
            "argocd-controller", {"f:metadata": MARKS}, id="Argo CD's marks, for it to see"
        ),
        pytest.param("helm", None, id="Helm's nothing"),
    ],
)
def test_what_stays(manager: str, stays: dict[str, Any] | None) -> None:
    found = taken_over(config_map(manager), "v1", frozenset({manager}))
    fields = {one["manager"]: one["fieldsV1"] for one in found}
    assert fields.get(manager) == stays
    assert fields["trunkline"]["f:data"] == {"f:a": {}}
    assert "f:team" in fields["trunkline"]["f:metadata"]["f:labels"]
