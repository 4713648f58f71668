"""A commit that is known and not gone over to yet: what happens meanwhile is the old one's."""

from __future__ import annotations

from engine.conftest import Ground
from engine.vigil import AUTOMATED, PACE, eventually, vigil
from kube_objects import config_map, stream
from trunkline.core import event
from trunkline.core.manifest import Ref
from trunkline.engine.watch.watch import RENDERS


async def test_an_edit_between_two_commits_is_healed_by_the_old_one(ground: Ground) -> None:
    """The directory that the Application named holds another one's objects in the new commit."""
    app = ground.application("web", "web", syncPolicy=AUTOMATED)
    mine, ref = config_map("mine"), Ref("", "ConfigMap", ground.namespace, "mine")
    ground.repo.write({"apps/web.yaml": app, "web/all.yaml": stream(mine)}).commit()
    async with vigil(str(ground.repo.path), ground.places(), pace=PACE) as watch:
        await watch.synced("web")
        before = await ground.client.get(ref)
        moved = ground.application("web", "moved", syncPolicy=AUTOMATED)
        files = {"apps/web.yaml": moved, "moved/all.yaml": stream(mine)}
        ground.repo.write({**files, "web/all.yaml": stream(config_map("other"))}).commit()
        renders = watch.watch.renders
        for _ in range(RENDERS):
            await renders.acquire()
        watch.watch.bell.ring()
        await watch.until(lambda: len(watch.told(event.CommitSeen)) == 2, "the commit was seen")
        await ground.client.patch(ref, {"data": {"key": "tampered"}})
        await watch.until(lambda: watch.told(event.StepDone)[1:], "something was done")
        assert watch.steps() == ["apply ConfigMap mine"] * 2
        for _ in range(RENDERS):
            renders.release()
        after = await eventually(
            lambda: ground.client.get(ref), lambda one: one["data"] == {"key": "value"}, "healed"
        )
        assert after["metadata"]["uid"] == before["metadata"]["uid"]


async def test_what_one_that_cannot_be_rendered_may_want_goes_when_it_says_no(
    ground: Ground,
) -> None:
    """What stayed for another's sake under one commit is judged anew under the next."""
    old, new = (ground.application(one, one, syncPolicy=AUTOMATED) for one in ("old", "new"))
    data, left, other = config_map("data"), config_map("left"), config_map("other")
    ground.repo.write({"apps/old.yaml": old, "old/all.yaml": stream(data, left)})
    ground.repo.write({"apps/new.yaml": new, "new/all.yaml": stream(other)}).commit()
    async with vigil(str(ground.repo.path), ground.places(), pace=PACE) as watch:
        await watch.synced("old", "new")
        broken = "apiVersion: v1\nkind: ConfigMap\nmetadata: [never ended\n"
        ground.repo.write({"old/all.yaml": stream(left), "new/all.yaml": broken})
        second = ground.repo.commit()
        watch.watch.bell.ring()
        await watch.until(
            lambda: (
                (one := watch.status("old"))
                and (one.commit, one.sync) == (second, "Synced")
                and (two := watch.status("new"))
                and two.sync == "Unknown"
            ),
            "the second commit was gone over to",
        )
        assert await ground.get("ConfigMap", "data") is not None
        ground.repo.write({"new/all.yaml": stream(other)}).commit()
        watch.watch.bell.ring()
        await watch.until(lambda: "prune ConfigMap data" in watch.steps(), "it was pruned")
        assert await ground.get("ConfigMap", "other") is not None


async def test_a_namespace_goes_when_the_last_object_in_it_has(ground: Ground) -> None:
    more = f"{ground.namespace}-more"
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": more}}
    host, guest = (ground.application(one, one, syncPolicy=AUTOMATED) for one in ("host", "guest"))
    inside, left = config_map("inside"), config_map("left")
    inside["metadata"]["namespace"] = more
    ground.repo.write({"apps/host.yaml": host, "host/all.yaml": stream(space, left)})
    ground.repo.write({"apps/guest.yaml": guest, "guest/all.yaml": stream(inside)}).commit()
    async with vigil(str(ground.repo.path), ground.places(), pace=PACE) as watch:
        await watch.synced("host", "guest")
        ground.repo.write({"host/all.yaml": stream(left)}).commit()
        watch.watch.bell.ring()
        await watch.until(lambda: len(watch.told(event.CommitSeen)) == 2, "the commit was seen")
        ground.repo.write({"guest/all.yaml": stream(config_map("other"))}).commit()
        watch.watch.bell.ring()
        await watch.until(lambda: f"prune Namespace {more}" in watch.steps(), "it was pruned")
        assert watch.steps().index("prune ConfigMap inside") < watch.steps().index(
            f"prune Namespace {more}"
        )
