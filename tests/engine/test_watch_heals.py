"""A watch keeps a cluster equal to a branch: what commits, hands and other programs change."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from msgspec.structs import replace

from contract.place import wire
from engine.vigil import AUTOMATED, HOW, PACE, Vigil, eventually, vigil
from kube_objects import config_map, deployment, job, secret, stream
from trunkline.core import event
from trunkline.core.manifest import Ref
from trunkline.core.run import Outcome


@contextlib.asynccontextmanager
async def watching(ground, **more: Any) -> AsyncIterator[Vigil]:
    async with vigil(str(ground.repo.path), ground.places(), **more) as found:
        yield found


def shop(ground, *objects: Any, name: str = "web", policy: Any = AUTOMATED, **spec: Any) -> None:
    """Commit an Application of these objects."""
    ground.repo.write(
        {
            f"apps/{name}.yaml": ground.application(name, name, syncPolicy=policy, **spec),
            f"{name}/all.yaml": stream(*objects) if objects else "# nothing\n",
        }
    ).commit()


async def settings(ground, name: str = "settings") -> Any:
    return await ground.get("ConfigMap", name)


async def test_the_first_commit_is_delivered(ground) -> None:
    shop(ground, deployment("web"), config_map("settings"))
    async with watching(ground) as watch:
        await watch.synced("web")
        assert watch.steps() == ["apply ConfigMap settings", "apply Deployment web"]
        await watch.until(lambda: watch.told(event.RunEnded), "the run ended")
        await watch.until(lambda: watch.status("web").health == "Healthy", "healthy")
        (run,) = await watch.runs()
        assert (run.outcome, [one.id for one in run.components]) == (Outcome.SUCCEEDED, ["web"])


async def test_an_edit_and_a_deletion_are_healed(ground) -> None:
    shop(ground, config_map("settings"), config_map("more"), job("once", hook="PreSync"))
    async with watching(ground) as watch:
        await watch.synced("web")
        before = len(watch.steps())
        live = await settings(ground)
        await ground.client.replace({**live, "data": {"key": "tampered"}})
        await eventually(
            lambda: settings(ground), lambda one: one["data"] == {"key": "value"}, "edit healed"
        )
        await ground.client.delete(Ref.of(await settings(ground, "more")))
        await eventually(lambda: settings(ground, "more"), bool, "deletion healed")
        await watch.until(lambda: len(watch.steps()) == before + 2, "both told")
        assert watch.steps()[before:] == ["apply ConfigMap settings", "apply ConfigMap more"]
        drifts = [(one.ref.name, one.gone, one.field) for one in watch.told(event.Drifted)]
        assert drifts == [("settings", False, "data.key"), ("more", True, "")]


async def test_without_self_heal_a_drift_is_only_told(ground) -> None:
    shop(ground, config_map("settings"), policy={"automated": {}})
    async with watching(ground) as watch:
        await watch.synced("web")
        live = await settings(ground)
        await ground.client.replace({**live, "data": {"key": "tampered"}})
        await watch.until(lambda: watch.status("web").sync == "OutOfSync", "told")
        assert "no selfHeal" in watch.status("web").message
        shop(ground, config_map("settings"), config_map("new"), policy={"automated": {}})
        watch.watch.bell.ring()
        await watch.synced("web")
        assert (await settings(ground))["data"] == {"key": "value"}, "the next commit delivers all"


async def test_without_automated_nothing_is_written(ground) -> None:
    shop(ground, config_map("settings"), policy={})
    async with watching(ground) as watch:
        await watch.until(lambda: watch.status("web"), "told")
        assert watch.status("web").sync == "OutOfSync"
        assert "its syncPolicy is not automated" in watch.status("web").message
        await ground.sync()
        await watch.synced("web")
        assert watch.steps() == []
        assert len(await watch.runs()) == 1, "the sync by hand, and none of the watch"


async def test_a_commit_changes_what_it_touches(ground) -> None:
    shop(ground, config_map("settings"))
    shop(ground, config_map("other"), name="other")
    async with watching(ground) as watch:
        await watch.synced("web", "other")
        renders = watch.app.renderer.statistics.misses
        ground.repo.write({"web/all.yaml": stream(config_map("settings", {"key": "new"}))}).commit()
        watch.watch.bell.ring()
        await eventually(
            lambda: settings(ground), lambda one: one["data"] == {"key": "new"}, "delivered"
        )
        assert watch.app.renderer.statistics.misses == renders + 1
        await watch.until(lambda: len(watch.steps()) == 3, "told")
        assert watch.steps()[-1] == "apply ConfigMap settings"


async def test_what_git_drops_goes_and_an_empty_render_prunes_nothing(ground) -> None:
    shop(ground, config_map("settings"), config_map("more"))
    async with watching(ground) as watch:
        await watch.synced("web")
        shop(ground, config_map("settings"))
        watch.watch.bell.ring()
        await eventually(lambda: settings(ground, "more"), lambda one: one is None, "pruned")
        await watch.synced("web")
        head = shop(ground)
        watch.watch.bell.ring()
        await watch.until(lambda: len(watch.told(event.CommitSeen)) == 3, f"{head} seen")
        await asyncio.sleep(0.3)
        assert await settings(ground) is not None


async def test_without_prune_what_git_drops_is_told(ground) -> None:
    policy = {"automated": {"selfHeal": True}}
    shop(ground, config_map("settings"), config_map("more"), policy=policy)
    async with watching(ground) as watch:
        await watch.synced("web")
        shop(ground, config_map("settings"), policy=policy)
        watch.watch.bell.ring()
        await watch.until(lambda: watch.status("web").sync == "OutOfSync", "told")
        assert await settings(ground, "more") is not None
        assert watch.status("web").message == f"ConfigMap {ground.namespace}/more differs"


async def test_an_application_that_git_drops_goes_with_its_finalizer(ground) -> None:
    finalizer = {"finalizers": ["resources-finalizer.argocd.argoproj.io"]}
    shop(ground, config_map("settings"), meta=finalizer)
    shop(ground, config_map("stays"), name="other")
    async with watching(ground) as watch:
        await watch.synced("web", "other")
        ground.repo.remove("apps", "web").commit()
        watch.watch.bell.ring()
        await eventually(lambda: settings(ground), lambda one: one is None, "deleted")
        await watch.until(
            lambda: watch.status("other") and watch.status("other").sync == "Orphaned", "told"
        )
        assert "had no finalizer" in watch.status("other").message
        assert await settings(ground, "stays") is not None
        # That it stays is said once, however many commits follow, and again if it came and went.
        shop(ground, config_map("settings"))
        watch.watch.bell.ring()
        await eventually(lambda: settings(ground), bool, "it is back")
        assert len(orphaned(watch, "other")) == 1
        shop(ground, config_map("stays"), name="other")
        watch.watch.bell.ring()
        await watch.synced("other")
        ground.repo.remove("apps/other.yaml").commit()
        watch.watch.bell.ring()
        await watch.until(lambda: len(orphaned(watch, "other")) == 2, "told again")


def orphaned(watch: Vigil, component: str) -> list[event.StatusSeen]:
    told = watch.told(event.StatusSeen)
    return [one for one in told if (one.status.id, one.status.sync) == (component, "Orphaned")]


async def test_two_that_fight_over_a_field_take_longer_and_longer(ground) -> None:
    shop(ground, config_map("settings"))
    async with watching(ground) as watch:
        await watch.synced("web")

        async def undo() -> None:
            path = f"/api/v1/namespaces/{ground.namespace}/configmaps/settings"
            kind = {"Content-Type": "application/merge-patch+json"}
            async with wire(ground.kubeconfig) as meddler:
                while True:
                    if (await settings(ground))["data"]["key"] == "value":
                        body, who = {"data": {"key": "mine"}}, {"fieldManager": "meddler"}
                        await meddler.patch(path, json=body, headers=kind, params=who)
                    await asyncio.sleep(0.01)

        fighting = asyncio.create_task(undo())
        try:
            await watch.until(lambda: len(watch.told(event.Fighting)) == 2, "fight told")
        finally:
            fighting.cancel()
        first, second = watch.told(event.Fighting)
        assert (first.times, second.times, first.field) == (3, 4, "data.key")
        assert first.writer == "meddler"
        assert (first.seconds, second.seconds) == (2.0, 4.0)


async def test_a_second_start_asks_nothing_and_does_nothing(ground) -> None:
    shop(ground, deployment("web"), config_map("settings"))
    async with watching(ground) as watch:
        await watch.until(
            lambda: (found := watch.status("web")) and found.health == "Healthy", "healthy"
        )
        await watch.synced("web")
        await asyncio.sleep(0.5)
    async with watching(ground) as watch:
        await watch.synced("web")
        assert watch.steps() == []
        assert watch.told(event.RunStarted) == []


async def test_a_namespace_that_is_deleted_comes_again(ground) -> None:
    name = f"{ground.namespace}-own"
    policy = {**AUTOMATED, "syncOptions": ["CreateNamespace=true"]}
    place = {"destination": {"name": ground.cluster, "namespace": name}}
    shop(ground, config_map("settings"), policy=policy, **place)
    namespace, ref = Ref("", "Namespace", "", name), Ref("", "ConfigMap", name, "settings")
    async with watching(ground) as watch:
        await watch.synced("web")
        uid = (await ground.client.get(namespace))["metadata"]["uid"]
        await ground.client.delete(namespace)

        async def again() -> bool:
            space = await ground.client.get(namespace)
            return bool(space and space["metadata"]["uid"] != uid and await ground.client.get(ref))

        await eventually(again, bool, "the namespace and its object are back")
    await ground.client.delete(namespace)


async def test_a_newer_commit_replaces_a_sync_that_is_stuck(ground) -> None:
    stuck = deployment("web")
    stuck["spec"]["template"]["spec"]["nodeSelector"] = {"nowhere": "at-all"}
    fails = {"sandbox.trunkline/fail": "Pending"}
    stuck["spec"]["template"]["metadata"]["annotations"] = fails
    shop(ground, stuck, config_map("last", wave="1"))
    async with watching(ground, how=replace(HOW, wave_timeout=300.0)) as watch:
        await watch.until(lambda: watch.told(event.Waiting), "waits")
        shop(ground, deployment("web"), config_map("last", wave="1"))
        watch.watch.bell.ring()
        await watch.synced("web")
        outcomes = [one.result.outcome for one in watch.told(event.ComponentDone)]
        assert outcomes == [Outcome.CANCELLED, Outcome.SUCCEEDED]


async def test_a_failed_sync_is_tried_again_after_a_pause(ground) -> None:
    retry = {"retry": {"limit": 3, "backoff": {"duration": "1s", "factor": 1}}}
    place = {"destination": {"name": ground.cluster, "namespace": f"{ground.namespace}-late"}}
    shop(ground, config_map("settings"), policy={**AUTOMATED, **retry}, **place)
    name = f"{ground.namespace}-late"
    late = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    async with watching(ground) as watch:
        await watch.until(
            lambda: (found := watch.status("web")) and "not found" in found.message, "failed"
        )
        await ground.client.create(late)
        await watch.synced("web")
    await ground.client.delete(Ref.of(late))


async def test_two_watches_at_once_do_not_fight(ground) -> None:
    shop(ground, config_map("settings"), job("once", hook="PreSync"))
    async with watching(ground) as one, watching(ground) as other:
        await one.synced("web")
        await other.synced("web")
        hooks = [step for step in (*one.steps(), *other.steps()) if step == "hook Job once"]
        assert hooks == ["hook Job once"]
        live = await settings(ground)
        await ground.client.replace({**live, "data": {"key": "tampered"}})
        await eventually(
            lambda: settings(ground), lambda found: found["data"] == {"key": "value"}, "healed"
        )


async def test_what_is_regular_does_nothing_by_itself(ground) -> None:
    """Pulses, discoveries, polls and resyncs: no render, no dry run, no write."""
    shop(ground, config_map("settings"))
    often = replace(PACE, poll=0.1, pulse=0.1, discover=0.1, resync=0.3)
    async with watching(ground, pace=often) as watch:
        await watch.synced("web")
        await watch.until(lambda: len(watch.told(event.RunEnded)) == 1, "the run ended")
        renders = watch.app.renderer.statistics.hits
        await asyncio.sleep(1.0)
        assert watch.steps() == ["apply ConfigMap settings"]
        assert watch.app.renderer.statistics.hits == renders


async def test_a_status_beside_a_watch_is_true(ground) -> None:
    shop(ground, config_map("settings"), policy={"automated": {}})
    async with watching(ground) as watch:
        await watch.synced("web")
        assert [one.sync for one in await ground.statuses()] == ["Synced"]
        live = await settings(ground)
        await ground.client.replace({**live, "data": {"key": "tampered"}})
        await watch.until(lambda: watch.status("web").sync == "OutOfSync", "told")
        assert [one.sync for one in await ground.statuses()] == ["OutOfSync"]


async def test_what_a_sick_object_says_shows_no_secret(ground) -> None:
    hidden = "hunter2-correct-horse"
    rule = 'return {status = "Degraded", message = "refused: " .. obj.data.key}\n'
    ground.repo.write({"argo/resource_customizations/ConfigMap/health.lua": rule})
    shop(ground, config_map("settings", {"key": hidden}), secret("db", {"password": hidden}))
    async with watching(ground) as watch:
        await watch.until(
            lambda: watch.status("web") and watch.status("web").health == "Degraded", "told"
        )
        await watch.synced("web")
        assert watch.status("web").message.endswith("/settings: refused: ••••••••")
        assert hidden not in str(watch.told(event.StatusSeen))
