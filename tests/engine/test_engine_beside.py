"""Two at once: a deletion beside another sync, and what one component's bad luck does to others."""

from __future__ import annotations

from msgspec.structs import replace

from engine.conftest import HOW, Ground
from engine.vigil import AUTOMATED, eventually, vigil
from kube_objects import config_map, job, stream
from trunkline.core import event
from trunkline.core.manifest import Ref
from trunkline.core.run import Outcome

PRUNE = replace(HOW, prune=True)
FINALIZER = {"finalizers": ["resources-finalizer.argocd.argoproj.io"]}


def removed(ground: Ground) -> None:
    ground.repo.remove("apps").write({"apps/none.yaml": "# none\n"}).commit()


async def test_a_component_that_another_syncs_now_is_not_deleted(ground: Ground) -> None:
    app = ground.application("db", "db", meta=FINALIZER)
    ground.repo.write({"apps/db.yaml": app, "db/all.yaml": stream(config_map("data"))}).commit()
    await ground.sync()
    removed(ground)
    async with await ground.app() as bob:
        async with (await bob.store()).lease(f"{ground.cluster}/db", "bob"):
            run = await ground.sync(PRUNE)
        (result,) = run.components
        assert (result.outcome, result.steps) == (Outcome.FAILED, ())
        assert result.message == "is being synced by bob right now"
        assert await ground.get("ConfigMap", "data")
    assert (await ground.sync(PRUNE)).outcome is Outcome.SUCCEEDED
    assert await ground.get("ConfigMap", "data") is None


async def test_a_watch_runs_delete_hooks_once_where_something_stays(ground: Ground) -> None:
    app = ground.application("db", "db", meta=FINALIZER, syncPolicy=AUTOMATED)
    stays = config_map("stays", options="Delete=false")
    objects = stream(stays, config_map("goes"), job("backup", hook="PreDelete"))
    ground.repo.write({"apps/db.yaml": app, "db/all.yaml": objects}).commit()
    async with vigil(str(ground.repo.path), ground.places()) as watch:
        await watch.synced("db")
        removed(ground)
        watch.watch.bell.ring()
        await eventually(lambda: ground.get("ConfigMap", "goes"), lambda one: one is None, "gone")
        await watch.until(lambda: watch.told(event.RunEnded)[1:], "the removal's run")
        ref = Ref("", "ConfigMap", ground.namespace, "stays")
        await ground.client.patch(ref, {"data": {"touched": "yes"}})
        await watch.until(lambda: watch.status("db").sync == "Orphaned", "told")
        assert watch.status("db").message.startswith(f"{ref} stays: Delete=false")
        assert watch.steps().count("hook Job backup") == 1
