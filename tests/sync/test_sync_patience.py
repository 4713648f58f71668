"""How long a wave bears with an object that is degraded or gone."""

from __future__ import annotations

import pytest

from trunkline.core.health import HealthStatus
from trunkline.core.manifest import Ref
from trunkline.engine.sync.wait import DEGRADED_FOR, RETRIED_FOR, patience_with

DEGRADED, MISSING = HealthStatus.DEGRADED, HealthStatus.MISSING


@pytest.mark.parametrize(
    ("group", "kind", "status", "seconds"),
    [
        ("apps", "Deployment", DEGRADED, DEGRADED_FOR),
        ("", "Pod", DEGRADED, DEGRADED_FOR),
        ("networking.k8s.io", "Ingress", DEGRADED, DEGRADED_FOR),
        ("cert-manager.io", "Certificate", DEGRADED, RETRIED_FOR),
        ("cert-manager.io", "Certificate", MISSING, DEGRADED_FOR),
    ],
)
def test_operators_may_try_again(
    group: str, kind: str, status: HealthStatus, seconds: float
) -> None:
    assert patience_with(Ref(group, kind, "shop", "web"), status) == seconds
