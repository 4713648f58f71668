"""Webhooks of the cluster that refuse, change objects or never answer; on a real API server."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.conftest import Ground, grounded
from engine.webhooks import Webhook, admitting, allows, changes, refuses
from gitrepo import GitRepo
from kube_objects import config_map, stream
from realcluster.start import RealCluster
from trunkline.core.run import Outcome
from trunkline.edge.cluster.errors import ApiError


@pytest.fixture
async def ground(real_cluster: RealCluster, tmp_path: Path) -> AsyncIterator[Ground]:
    kubeconfig = Path(real_cluster.kubeconfig)
    async with grounded(
        GitRepo(tmp_path / "repo"), kubeconfig, f"w-{uuid.uuid4().hex[:8]}"
    ) as made:
        app = made.application("web", "web")
        made.repo.write({"apps/web.yaml": app, "web/a.yaml": stream(config_map("a", {"k": "1"}))})
        made.repo.commit()
        yield made


async def test_a_refusal_names_the_webhook_and_its_reason(ground: Ground, tmp_path: Path) -> None:
    hook = Webhook(refuses)
    async with admitting(ground.client, ground.namespace, tmp_path, hook, "Validating"):
        run = await ground.sync()
    assert run.outcome is Outcome.FAILED
    message = run.components[0].message
    assert "hook.trunkline.test" in message
    assert "no images of strangers" in message
    assert await ground.get("ConfigMap", "a") is None


async def test_what_a_webhook_adds_is_no_drift(ground: Ground, tmp_path: Path) -> None:
    added = {"op": "add", "path": "/metadata/labels/team", "value": "db"}
    hook = Webhook(changes(added))
    async with admitting(ground.client, ground.namespace, tmp_path, hook, "Mutating"):
        assert (await ground.sync()).outcome is Outcome.SUCCEEDED
        live = await ground.get("ConfigMap", "a")
        assert live is not None
        assert live["metadata"]["labels"]["team"] == "db"
        hook.asked.clear()
        run = await ground.sync()
        assert run.outcome is Outcome.SUCCEEDED
        assert run.components[0].steps == ()
        assert (await ground.plan()).components == ()


async def test_a_webhook_that_changes_our_field_is_no_endless_fight(
    ground: Ground, tmp_path: Path
) -> None:
    """What the API server says that an apply gives is there already: nothing is applied."""
    hook = Webhook(changes({"op": "replace", "path": "/data/k", "value": "theirs"}))
    async with admitting(ground.client, ground.namespace, tmp_path, hook, "Mutating"):
        assert (await ground.sync()).outcome is Outcome.SUCCEEDED
        first = await ground.get("ConfigMap", "a")
        run = await ground.sync()
        second = await ground.get("ConfigMap", "a")
    assert first is not None
    assert second is not None
    assert first["data"] == {"k": "theirs"}
    assert run.components[0].steps == ()
    assert first["metadata"]["resourceVersion"] == second["metadata"]["resourceVersion"]


async def test_a_webhook_that_never_answers_is_named(ground: Ground, tmp_path: Path) -> None:
    hook = Webhook(allows)
    async with admitting(ground.client, ground.namespace, tmp_path, hook, "Validating"):
        hook.waits = 30.0
        run = await ground.sync()
        with pytest.raises(ApiError):
            await ground.create(config_map("b"))
    assert run.outcome is Outcome.FAILED
    message = run.components[0].message
    assert "hook.trunkline.test" in message
    assert await ground.get("ConfigMap", "a") is None
