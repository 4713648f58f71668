"""Two at once: a deletion beside another sync, and what one component's bad luck does to others."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from engine.conftest import HOW, Ground
from engine.vigil import AUTOMATED, eventually, vigil
from gitrepo import GitRepo
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


def damaged(repo: GitRepo, commit: str) -> None:
    """The repository without the files of a commit: of its history only that it was there."""
    tree = repo.git("rev-parse", f"{commit}^{{tree}}").strip()
    (repo.path / ".git" / "objects" / tree[:2] / tree[2:]).unlink()


async def test_nothing_goes_and_all_else_comes_where_the_history_cannot_be_read(
    ground: Ground,
) -> None:
    ground.repo.write({f"apps/{one}.yaml": ground.application(one, one) for one in ("a", "b")})
    gone = ground.application("c", "c", meta=FINALIZER)
    files = {"a/all.yaml": stream(config_map("stays"), config_map("old"))}
    files |= {f"{one}/all.yaml": stream(config_map(one)) for one in ("b", "c")}
    first = ground.repo.write({**files, "apps/c.yaml": gone}).commit()
    await ground.sync()
    files = {"a/all.yaml": stream(config_map("stays", {"key": "new"}))}
    ground.repo.remove("apps/c.yaml").write(files).commit()
    Path(ground.places().store).unlink()
    damaged(ground.repo, first)
    run = await ground.sync(PRUNE)
    assert run.outcome is Outcome.SUCCEEDED, run.as_json()
    assert [str(step.ref.name) for one in run.components for step in one.steps] == ["stays"]
    said = f"the history that would say whose it is cannot be read: the tree of {first[:8]}"
    # A cluster that others use too may hold more of which nobody knows whose it is.
    told = [one.message for one in run.findings if said in one.message]
    assert [one for one in told if one.startswith(f"ConfigMap {ground.namespace}/old stays: ")]
    assert [one for one in told if one.startswith("c is gone from Git; its 1 objects stay")]
    assert (await ground.plan()).components == ()
