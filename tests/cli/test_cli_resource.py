"""`--resource [GROUP:]KIND:[NAMESPACE/]NAME`: which objects it means."""

from __future__ import annotations

import pytest

from trunkline.cli.sync import matches
from trunkline.core.manifest import Ref

WEB = Ref("apps", "Deployment", "shop", "web")
MAP = Ref("", "ConfigMap", "shop", "settings")
ROLE = Ref("rbac.authorization.k8s.io", "ClusterRole", "", "system:shop:reader")


@pytest.mark.parametrize(
    ("word", "ref"),
    [
        ("Deployment:web", WEB),
        ("apps:Deployment:web", WEB),
        ("apps:Deployment:shop/web", WEB),
        ("*:Deployment:*", WEB),
        (":ConfigMap:settings", MAP),
        ("ConfigMap:shop/settings", MAP),
        ("ClusterRole:system:shop:reader", ROLE),
        ("rbac.authorization.k8s.io:ClusterRole:system:shop:reader", ROLE),
    ],
)
def test_a_word_means_an_object(word: str, ref: Ref) -> None:
    assert [one for one in (WEB, MAP, ROLE) if matches(word, one)] == [ref]


@pytest.mark.parametrize(
    "word",
    ["web", "Deployment:", "batch:Deployment:web", "Deployment:other/web", "ClusterRole:shop"],
)
def test_a_word_that_means_none(word: str) -> None:
    assert [one for one in (WEB, MAP, ROLE) if matches(word, one)] == []
