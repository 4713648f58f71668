"""Webhooks of the cluster that refuse, change objects or never answer."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.conftest import Ground, grounded
from engine.fronts import BOTH
from engine.vigil import AUTOMATED, eventually, vigil
from engine.webhooks import Webhook, admitting, allows, changes, fronting, refuses
from gitrepo import GitRepo
from kube_objects import config_map, stream
from realcluster.front import fronted, with_context
from trunkline.core.manifest import Ref
from trunkline.core.run import Outcome
from trunkline.edge.cluster.errors import ApiError
from trunkline.sandbox import Sandbox

Asking = Callable[[Webhook, str], AbstractAsyncContextManager[None]]


@dataclass
class Place:
    """The ground, and `asking`: the cluster asks the webhook, Validating or Mutating."""

    ground: Ground
    asking: Asking


@pytest.fixture(params=BOTH)
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with contextlib.AsyncExitStack() as stack:
        repo, space = GitRepo(tmp_path / "repo"), f"w-{uuid.uuid4().hex[:8]}"
        if request.param == "real":
            kubeconfig = Path(request.getfixturevalue("real_cluster").kubeconfig)
            ground = await stack.enter_async_context(grounded(repo, kubeconfig, space))

            def asking(hook: Webhook, kind: str) -> AbstractAsyncContextManager[None]:
                return admitting(ground.client, space, tmp_path, hook, kind)

        else:
            eu = (await stack.enter_async_context(Sandbox(["eu"]))).clusters["eu"]
            front, address = await stack.enter_async_context(fronted(eu))
            with_context(tmp_path / "kubeconfig", "eu", address, eu)
            ground = await stack.enter_async_context(grounded(repo, tmp_path / "kubeconfig", space))

            def asking(hook: Webhook, kind: str) -> AbstractAsyncContextManager[None]:
                return fronting(front, hook)

        app = ground.application("web", "web")
        repo.write({"apps/web.yaml": app, "web/a.yaml": stream(config_map("a", {"k": "1"}))})
        repo.commit()
        yield Place(ground, asking)


async def test_a_refusal_names_the_webhook_and_its_reason(place: Place) -> None:
    hook = Webhook(refuses)
    async with place.asking(hook, "Validating"):
        run = await place.ground.sync()
    assert run.outcome is Outcome.FAILED
    message = run.components[0].message
    assert "hook.trunkline.test" in message
    assert "no images of strangers" in message
    assert await place.ground.get("ConfigMap", "a") is None


async def test_what_a_webhook_adds_is_no_drift(place: Place) -> None:
    added = {"op": "add", "path": "/metadata/labels/team", "value": "db"}
    hook = Webhook(changes(added))
    async with place.asking(hook, "Mutating"):
        assert (await place.ground.sync()).outcome is Outcome.SUCCEEDED
        live = await place.ground.get("ConfigMap", "a")
        assert live is not None
        assert live["metadata"]["labels"]["team"] == "db"
        hook.asked.clear()
        run = await place.ground.sync()
        assert run.outcome is Outcome.SUCCEEDED
        assert run.components[0].steps == ()
        assert (await place.ground.plan()).components == ()


async def test_a_webhook_that_changes_our_field_is_no_endless_fight(place: Place) -> None:
    """What the API server says that an apply gives is there already: nothing is applied."""
    hook = Webhook(changes({"op": "replace", "path": "/data/k", "value": "theirs"}))
    async with place.asking(hook, "Mutating"):
        assert (await place.ground.sync()).outcome is Outcome.SUCCEEDED
        first = await place.ground.get("ConfigMap", "a")
        run = await place.ground.sync()
        second = await place.ground.get("ConfigMap", "a")
    assert first is not None
    assert second is not None
    assert first["data"] == {"k": "theirs"}
    assert run.components[0].steps == ()
    assert first["metadata"]["resourceVersion"] == second["metadata"]["resourceVersion"]


async def test_a_watch_beside_such_a_webhook_heals_once_and_is_content(place: Place) -> None:
    ground, ref = place.ground, Ref("", "ConfigMap", place.ground.namespace, "a")
    ground.repo.write({"apps/web.yaml": ground.application("web", "web", syncPolicy=AUTOMATED)})
    ground.repo.commit()

    async def value() -> str:
        return str((await ground.client.get(ref) or {})["data"]["k"])

    async with vigil(str(ground.repo.path), ground.places()) as watch:
        await watch.synced("web")
        hook = Webhook(changes({"op": "replace", "path": "/data/k", "value": "theirs"}))
        async with place.asking(hook, "Mutating"):
            ground.repo.write({"web/a.yaml": stream(config_map("a", {"k": "2"}))}).commit()
            watch.watch.bell.ring()
            await eventually(value, lambda one: one == "theirs", "what the webhook makes of it")
            await watch.until(lambda: len(watch.steps()) == 2, "it is applied")
            for _ in range(3):
                watch.watch.bell.ring()
                await asyncio.sleep(0.2)
        assert len(watch.steps()) == 2


async def test_a_webhook_that_never_answers_is_named(place: Place) -> None:
    hook = Webhook(allows)
    async with place.asking(hook, "Validating"):
        hook.waits = 30.0
        run = await place.ground.sync()
        with pytest.raises(ApiError):
            await place.ground.create(config_map("b"))
    assert run.outcome is Outcome.FAILED
    message = run.components[0].message
    assert "hook.trunkline.test" in message
    assert await place.ground.get("ConfigMap", "a") is None
