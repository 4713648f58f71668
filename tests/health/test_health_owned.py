"""What an object owns counts where it is not well."""

from __future__ import annotations

from typing import Any

import pytest

from trunkline.core.health import Health, HealthStatus
from trunkline.core.health.owned import below, kinds_below, with_owned
from trunkline.core.manifest import Manifest, Ref

PROGRESSING = Health(HealthStatus.PROGRESSING, "0 of 1 replica is available")


def owned(kind: str, name: str, owner: str, status: Any = None) -> Manifest:
    metadata = {"name": name, "uid": name, "ownerReferences": [{"uid": owner}]}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "status": status or {}}


WAITING = {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "none"}}}
BROKEN = {"phase": "Pending", "containerStatuses": [{"name": "web", **WAITING}]}
OBJECTS = [
    owned("ReplicaSet", "web-1", "web"),
    owned("Pod", "web-1-a", "web-1", BROKEN),
    owned("Pod", "other-a", "other", BROKEN),
    owned("ReplicaSet", "round", "round"),
]


def test_below_is_everything_at_any_depth() -> None:
    owner = {"metadata": {"name": "web", "uid": "web"}}
    assert [one["metadata"]["name"] for one in below(owner, OBJECTS)] == ["web-1", "web-1-a"]


def test_a_circle_of_owners_ends() -> None:
    assert list(below({"metadata": {"uid": "round"}}, OBJECTS)) == []


@pytest.mark.parametrize(
    ("health", "pod", "expected"),
    [
        (
            PROGRESSING,
            BROKEN,
            "Degraded: 0 of 1 replica is available; Pod web: container web: ImagePullBackOff: none",
        ),
        (PROGRESSING, {"phase": "Pending"}, "Progressing: 0 of 1 replica is available"),
        (PROGRESSING, {"phase": "Failed"}, "Progressing: 0 of 1 replica is available"),
        (Health(HealthStatus.HEALTHY, "fine"), BROKEN, "Healthy: fine"),
        (Health(HealthStatus.SUSPENDED, "paused"), BROKEN, "Suspended: paused"),
    ],
    ids=["a stuck pod", "a young pod", "a pod that is replaced", "all is well", "a pause"],
)
def test_the_reason_is_said(health: Health, pod: Any, expected: str) -> None:
    found = with_owned(health, [owned("Pod", "web", "web-1", pod)])
    assert f"{found.status.value}: {found.message}" == expected


def test_a_certificate_is_looked_into_as_well() -> None:
    kinds = kinds_below(Ref("cert-manager.io", "Certificate", "shop", "web"))
    assert ("acme.cert-manager.io", "Challenge") in kinds
