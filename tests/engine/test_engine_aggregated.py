"""Permissions that the control plane puts together, on a real API server: nothing else does it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.conftest import Ground, grounded
from gitrepo import GitRepo
from kube_objects import stream
from realcluster.start import RealCluster
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.run import Outcome

GROUP = "rbac.authorization.k8s.io"


@pytest.fixture
async def ground(real_cluster: RealCluster, tmp_path: Path) -> AsyncIterator[Ground]:
    name = f"a-{uuid.uuid4().hex[:8]}"
    async with grounded(GitRepo(tmp_path / "repo"), Path(real_cluster.kubeconfig), name) as made:
        yield made


def role(name: str, **rest: Any) -> Manifest:
    meta = {"name": name, "labels": rest.pop("labels", {})}
    return {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRole", "metadata": meta, **rest}


async def test_rules_that_the_control_plane_fills_in_are_no_drift_and_stay(ground: Ground) -> None:
    label = {f"{ground.namespace}.example.test/aggregate": "true"}
    reads = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
    whole = role(
        ground.namespace, aggregationRule={"clusterRoleSelectors": [{"matchLabels": label}]}
    )
    # As it is often written, and as no apply may leave it: nobody has a permission then.
    whole["rules"] = []
    part = role(f"{ground.namespace}-part", rules=reads, labels=label)
    app = ground.application("roles", "roles")
    ground.repo.write({"apps/roles.yaml": app, "roles/all.yaml": stream(whole, part)}).commit()
    assert (await ground.sync()).outcome is Outcome.SUCCEEDED
    ref = Ref(GROUP, "ClusterRole", "", ground.namespace)
    await _filled_in(ground, ref, reads)
    assert (await ground.plan()).components == ()
    assert (await ground.sync()).components[0].steps == ()
    assert (await ground.statuses())[0].sync == "Synced"

    # Another change of it takes no permission away.
    whole["metadata"]["labels"] = {"team": "data"}
    ground.repo.write({"roles/all.yaml": stream(whole, part)}).commit()
    run = await ground.sync()
    assert [one.ref.name for one in run.components[0].steps] == [ground.namespace]
    live = await ground.client.get(ref)
    assert live is not None
    assert live["rules"] == reads
    for one in (ref, Ref.of(part)):
        await ground.client.delete(one)


async def _filled_in(ground: Ground, ref: Ref, rules: list[Manifest]) -> None:
    async with asyncio.timeout(60):
        live: Manifest | None = None
        while live is None or live.get("rules") != rules:
            live = await ground.client.get(ref)
