"""Hooks from outside: which run, in which order, and what becomes of them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from engine.paused import paused, until, waits_for_paused
from kube_objects import config_map, deployment, job, secret, stream
from trunkline.core.event import Event, StepDone, Waiting
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.run import Outcome, Run
from trunkline.engine.sync.component import How

HOW = How(wave_timeout=60.0)
POLICY = "argocd.argoproj.io/hook-delete-policy"
FINALIZER = "resources-finalizer.argocd.argoproj.io"


def helm(kind: str, weight: int = 0, policy: str = "", name: str = "") -> Manifest:
    """A Helm hook that is called like the moment it runs at."""
    said = {"helm.sh/hook": kind, "helm.sh/hook-weight": str(weight)}
    if policy:
        said["helm.sh/hook-delete-policy"] = policy
    return config_map(name or kind.replace(",", "-"), **said)


async def synced(ground, *objects: Manifest, how: How = HOW, **spec: Any) -> Run:
    app = ground.application("web", "web", **spec)
    ground.repo.write({"apps/web.yaml": app, "web/all.yaml": stream(*objects)}).commit()
    return await ground.sync(how)


def steps(run: Run) -> list[str]:
    return [f"{s.verb} {s.ref.name}" for one in run.components for s in one.steps]


def said(run: Run) -> str:
    return run.components[0].message


async def jobs(ground) -> list[Manifest]:
    kind = (await ground.client.discovery()).find("batch", "Job")
    return [one async for one in ground.client.list(kind, namespace=ground.namespace)]


def broken(name: str, **annotations: str) -> Manifest:
    """A Job that fails before a pod of it ends."""
    one = job(name, **annotations)
    one["spec"] |= {"activeDeadlineSeconds": 1, "backoffLimit": 2}
    one["spec"]["template"]["metadata"] = {"annotations": {"sandbox.trunkline/fail": "Error"}}
    one["spec"]["template"]["spec"]["nodeSelector"] = {"nowhere": "at-all"}
    return one


async def test_helms_hooks_tell_an_install_from_an_upgrade(ground) -> None:
    hooks = [
        helm("pre-install"),
        helm("pre-upgrade"),
        helm("pre-install,pre-upgrade", weight=-5),
        helm("post-install"),
        helm("post-upgrade", weight=2),
        helm("post-upgrade", weight=1, name="post-upgrade-early", policy="hook-succeeded"),
        helm("test"),
        helm("pre-rollback"),
        helm("pre-delete"),
    ]
    run = await synced(ground, config_map("app"), *hooks)
    assert steps(run) == [
        "hook pre-install-pre-upgrade",
        "hook pre-install",
        "apply app",
        "hook post-install",
    ], run.as_json()
    run = await synced(ground, config_map("app", {"new": "1"}), *hooks)
    assert steps(run) == [
        "hook pre-install-pre-upgrade",
        "hook pre-upgrade",
        "apply app",
        "hook post-upgrade-early",
        "clean up post-upgrade-early",
        "hook post-upgrade",
    ], run.as_json()


async def test_a_generated_name_is_a_new_object_at_each_run(ground) -> None:
    once = job("x", hook="PreSync")
    once["metadata"] = {
        "generateName": "once-",
        "annotations": {"argocd.argoproj.io/hook": "PreSync"},
    }
    gone = job("x", hook="PostSync")
    gone["metadata"] = {
        "generateName": "gone-",
        "annotations": {"argocd.argoproj.io/hook": "PostSync", POLICY: "HookSucceeded"},
    }
    meta = {"finalizers": ["resources-finalizer.argocd.argoproj.io"]}
    for version in "12":
        await synced(ground, config_map("app", {"v": version}), once, gone, meta=meta)
    for one in await jobs(ground):
        if one["metadata"]["name"].startswith("gone-"):
            await ground.client.wait_gone(Ref.of(one), timeout=60)
    names = [one["metadata"]["name"] for one in await jobs(ground)]
    assert [one.split("-")[0] for one in names] == ["once", "once"]
    (status,) = await ground.statuses()
    assert status.sync == "Synced", "past runs are history"
    assert steps(await ground.sync(replace(HOW, prune=True))) == []
    ground.repo.remove("apps").write({"apps/none.yaml": "# none\n"}).commit()
    run = await ground.sync(replace(HOW, prune=True))
    assert sorted(step.split("-")[0] for step in steps(run)) == ["delete app", *["delete once"] * 2]


async def test_a_hook_that_is_deleted_while_it_runs_ends_the_sync_at_once(ground) -> None:
    work = asyncio.create_task(synced(ground, config_map("app"), paused()))
    await ground.client.delete(await waits_for_paused(ground))
    run = await asyncio.wait_for(work, 60)
    assert said(run) == f"Job.batch {ground.namespace}/paused: the hook was deleted while it ran"
    assert await ground.get("ConfigMap", "app") is None


async def test_a_hook_that_deletes_itself_was_seen_to_end(ground) -> None:
    fleeting = job("fleeting", hook="PreSync")
    fleeting["spec"]["ttlSecondsAfterFinished"] = 0
    run = await synced(ground, config_map("app"), fleeting)
    assert steps(run) == ["hook fleeting", "clean up fleeting", "apply app"], run.as_json()
    await ground.client.wait_gone(Ref("batch", "Job", ground.namespace, "fleeting"), timeout=60)


async def test_a_failed_hook_that_stays_says_so_at_the_next_sync(ground) -> None:
    hook = broken("migrate", hook="PreSync", **{POLICY: "HookSucceeded"})
    run = await synced(ground, config_map("app"), hook)
    assert run.outcome is Outcome.FAILED and "earlier run" not in said(run)
    run = await synced(ground, config_map("app"), hook)
    assert "that was an earlier run, which its delete policy keeps" in said(run)
    mended = job("migrate", hook="PreSync", **{POLICY: "BeforeHookCreation,HookSucceeded"})
    run = await synced(ground, config_map("app"), mended)
    assert steps(run) == ["hook migrate", "clean up migrate", "apply app"], run.as_json()
    await ground.client.wait_gone(Ref("batch", "Job", ground.namespace, "migrate"), timeout=60)


async def test_hooks_that_failed_go_if_their_policy_says_so(ground) -> None:
    run = await synced(
        ground, config_map("app"), broken("x", hook="PreSync", **{POLICY: "HookFailed"})
    )
    assert steps(run) == ["hook x", "hook x", "clean up x"], "begun, failed, cleaned up"
    await ground.client.wait_gone(Ref("batch", "Job", ground.namespace, "x"), timeout=60)


async def test_a_hook_whose_past_run_is_going_is_made_anew(ground) -> None:
    """Deleted in the foreground, it is there for a while: a second sync may come meanwhile."""
    once = job("once", hook="PreSync", **{POLICY: "HookSucceeded"})
    once["metadata"]["finalizers"] = ["trunkline.test/held"]
    run = await synced(ground, config_map("app"), once)
    assert steps(run) == ["hook once", "clean up once", "apply app"], run.as_json()
    ref = Ref("batch", "Job", ground.namespace, "once")
    ground.heard.clear()
    work = asyncio.create_task(synced(ground, config_map("app", {"v": "2"}), job_of(once)))
    await until(lambda: any(ref == of_hook(one) for one in ground.heard), "the past run is met")
    await ground.client.patch(ref, {"metadata": {"finalizers": None}})
    run = await work
    assert run.outcome is Outcome.SUCCEEDED, run.as_json()
    assert "hook once" in steps(run), "it ran again"


def of_hook(one: Event) -> Ref | None:
    """The object that a wait or a step is about."""
    return (
        one.ref if isinstance(one, Waiting) else one.step.ref if isinstance(one, StepDone) else None
    )


def job_of(held: Manifest) -> Manifest:
    """The same hook without what holds it."""
    return {**held, "metadata": {k: v for k, v in held["metadata"].items() if k != "finalizers"}}


async def test_a_suspended_hook_is_waited_for(ground) -> None:
    work = asyncio.create_task(synced(ground, config_map("app"), paused()))
    ref = await waits_for_paused(ground)
    await ground.client.patch(ref, {"spec": {"suspend": False}})
    assert (await work).outcome is Outcome.SUCCEEDED


async def test_a_hook_in_a_namespace_of_the_same_sync_finds_it_there(ground) -> None:
    name = f"{ground.namespace}-hooks"
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    inside = job("inside", hook="PreSync")
    inside["metadata"]["namespace"] = name
    run = await synced(ground, namespace, inside)
    assert steps(run) == [f"apply {name}", "hook inside", f"apply {name}"], run.as_json()
    await ground.client.delete(Ref("", "Namespace", "", name))


@pytest.mark.parametrize("phase", ["Sync", "PostSync"])
async def test_a_hook_of_a_later_phase_keeps_the_waves(ground, phase: str) -> None:
    run = await synced(
        ground,
        deployment("web", wave="0"),
        job("between", hook=phase, wave="1"),
        config_map("last", wave="2"),
    )
    between = ["hook between", "apply last"]
    ordered = between if phase == "Sync" else between[::-1]
    assert steps(run) == ["apply web", *ordered], run.as_json()


async def test_what_a_failed_hook_says_shows_no_secret(ground) -> None:
    """A kind of one's own that fails for as long as it is, and quotes the password."""
    hidden = "hunter2-correct-horse"
    rule = 'return {status = "Degraded", message = "refused: " .. obj.data.said}\n'
    for phase, how in (("PostSync", HOW), ("PreDelete", replace(HOW, prune=True))):
        task = config_map("task", {"said": hidden}, **{"argocd.argoproj.io/hook": phase})
        app = ground.application("web", "web", meta={"finalizers": [FINALIZER]})
        ground.repo.write(
            {
                "apps/web.yaml": app,
                "argo/resource_customizations/ConfigMap/health.lua": rule,
                "web/all.yaml": stream(secret("db", {"password": hidden}), task),
            }
        ).commit()
        run = await ground.sync()
        if phase == "PreDelete":
            ground.repo.remove("apps/web.yaml").commit()
            run = await ground.sync(how)
        told = str([run, *ground.heard])
        assert "hook degraded: refused: ••••••••" in told
        assert hidden not in told


async def test_what_is_to_stay_by_now_is_not_pruned_when_its_turn_comes(ground) -> None:
    """A wave may take minutes, in which somebody says that an object is to stay."""
    await synced(ground, config_map("app"), config_map("goes"), config_map("kept"))
    pruning = replace(HOW, prune=True)
    work = asyncio.create_task(synced(ground, config_map("app"), paused(), how=pruning))
    hook = await waits_for_paused(ground)
    said = {"annotations": {"argocd.argoproj.io/sync-options": "Prune=false"}}
    for name, change in (("kept", {"metadata": said}), ("goes", {"data": {"touched": "yes"}})):
        await ground.client.patch(Ref("", "ConfigMap", ground.namespace, name), change)
    await ground.client.patch(hook, {"spec": {"suspend": False}})
    run = await work
    assert run.outcome is Outcome.SUCCEEDED, run.as_json()
    assert await ground.get("ConfigMap", "kept")
    assert await ground.get("ConfigMap", "goes") is None
    (step,) = [one for one in run.components[0].steps if one.ref.name == "kept"]
    assert (step.verb, step.outcome) == ("prune", Outcome.SKIPPED)
    assert step.message.startswith("it stays: Prune=false")
