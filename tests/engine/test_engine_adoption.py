"""Objects that another tool applied before: taken over whole, and nothing restarts."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kube_objects import config_map, deployment, stream
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.options import ObjectOptions
from trunkline.core.run import Outcome
from trunkline.engine.live import Live
from trunkline.engine.sync.component import How
from trunkline.engine.sync.ways import Ways

HOW = How(wave_timeout=60.0)
KUBECTL = Path(sys.executable).with_name("kubectl")
SERVER_SIDE = ("apply", "--server-side", "--field-manager")

# Each tool by the request and the field manager that it is known for.
TOOLS: dict[str, tuple[str, ...]] = {
    "kubectl-apply": ("apply",),
    "kubectl-create": ("create",),
    "kubectl-server": ("apply", "--server-side"),
    "helm-3": ("create", "--field-manager", "helm"),
    "helm-4": (*SERVER_SIDE, "helm"),
    "argocd-client": ("apply", "--field-manager", "argocd-controller"),
    "argocd-server": (*SERVER_SIDE, "argocd-controller"),
    "flux-kustomize": (*SERVER_SIDE, "kustomize-controller"),
    "flux-helm": ("create", "--field-manager", "helm-controller"),
}
TRACKING = "argocd.argoproj.io/tracking-id"


async def applied_by(ground, words: tuple[str, ...], *objects: Manifest) -> None:
    context = ("--kubeconfig", str(ground.kubeconfig), "--context", ground.cluster)
    command = [KUBECTL, *context, "-n", ground.namespace, *words, "-f", "-"]
    text = stream(*objects).encode()
    await asyncio.to_thread(subprocess.run, command, input=text, check=True, capture_output=True)


def same(tool: str, **annotations: str) -> Manifest:
    """A Deployment whose pods are the same before and after."""
    return deployment(f"same-{tool}", **annotations)


def other(tool: str, *variables: str) -> Manifest:
    """A Deployment with these variables."""
    found = deployment(f"other-{tool}")
    env = [{"name": one, "value": "1"} for one in variables]
    found["spec"]["template"]["spec"]["containers"][0]["env"] = env
    return found


def settings(tool: str, *keys: str, **annotations: str) -> Manifest:
    return config_map(f"settings-{tool}", dict.fromkeys(keys, "1"), **annotations)


def tracked(ground, tool: str) -> dict[str, str]:
    if not tool.startswith("argocd"):
        return {}
    return {TRACKING: f"web:apps/Deployment:{ground.namespace}/same-{tool}"}


async def uids(ground, group: str, kind: str) -> dict[str, str]:
    """Of the objects that should stay, by their names, once there is one for each tool."""
    resource = (await ground.client.discovery()).find(group, kind)
    for _ in range(600):
        found = [one async for one in ground.client.list(resource, namespace=ground.namespace)]
        metas = [one["metadata"] for one in found]
        mine = {one["name"]: one["uid"] for one in metas if one["name"].startswith("same-")}
        if len(mine) == len(TOOLS):
            return mine
        await asyncio.sleep(0.1)
    raise AssertionError(f"not every Deployment has its {kind}: {sorted(mine)}")


async def test_whoever_applied_it_what_git_drops_goes_and_no_pod_restarts(ground) -> None:
    for tool, words in TOOLS.items():
        marks = tracked(ground, tool)
        await applied_by(
            ground,
            words,
            same(tool, old="x", **marks),
            other(tool, "OLD", "KEPT"),
            settings(tool, "a", "b"),
        )
    pods, sets = await uids(ground, "", "Pod"), await uids(ground, "apps", "ReplicaSet")
    kept = await uids(ground, "apps", "Deployment")
    wanted = [
        one for tool in TOOLS for one in (same(tool), other(tool, "KEPT"), settings(tool, "a"))
    ]
    ground.repo.write(
        {"apps/web.yaml": ground.application("web", "web"), "web/all.yaml": stream(*wanted)}
    ).commit()

    changes = {one.ref.name: one for one in (await ground.plan()).components[0].changes}
    for tool in TOOLS:
        gone = [one for one in changes[f"same-{tool}"].diff.splitlines() if one[0] == "-"]
        above = ["-  annotations:"] if not tracked(ground, tool) else []
        assert gone == [*above, "-    old: x"], "and not Argo CD's mark"
        assert "OLD" in changes[f"other-{tool}"].diff, tool
        assert "-  b:" in changes[f"settings-{tool}"].diff, changes[f"settings-{tool}"].diff
    run = await ground.sync(HOW)
    assert run.outcome is Outcome.SUCCEEDED, run.as_json()

    assert await uids(ground, "apps", "Deployment") == kept
    assert await uids(ground, "apps", "ReplicaSet") == sets
    assert await uids(ground, "", "Pod") == pods
    for tool in TOOLS:
        live = await ground.get("Deployment", f"same-{tool}", "apps")
        annotations = live["metadata"]["annotations"]
        assert "old" not in annotations, tool
        assert {key: annotations.get(key) for key in tracked(ground, tool)} == tracked(ground, tool)
        changed = await ground.get("Deployment", f"other-{tool}", "apps")
        assert variables_of(changed) == ["KEPT"], tool
        assert (await ground.get("ConfigMap", f"settings-{tool}"))["data"] == {"a": "1"}, tool
    again = await ground.sync(HOW)
    assert (again.outcome, again.components[0].steps) == (Outcome.SUCCEEDED, ())


def variables_of(live: Manifest) -> list[str]:
    (container,) = live["spec"]["template"]["spec"]["containers"]
    return [one["name"] for one in container["env"]]


MIGRATION = "argocd.argoproj.io/client-side-apply-migration-manager"


@pytest.mark.parametrize(
    ("manager", "said", "left"),
    [
        ("helm", {"options": "ClientSideApplyMigration=false"}, {"a": "1", "b": "1"}),
        ("our-own-tool", {}, {"a": "1", "b": "1"}),
        ("our-own-tool", {MIGRATION: "our-own-tool"}, {"a": "1"}),
    ],
    ids=["not asked for", "a tool that nobody knows", "a tool that is named"],
)
async def test_what_is_taken_over_is_for_the_object_to_say(
    ground, manager: str, said: dict[str, Any], left: dict[str, str]
) -> None:
    words = ("create", "--field-manager", manager)
    await applied_by(ground, words, settings("x", "a", "b", **said))
    ground.repo.write(
        {
            "apps/web.yaml": ground.application("web", "web"),
            "web/all.yaml": stream(settings("x", "a", **said)),
        }
    ).commit()
    await ground.sync(HOW)
    assert (await ground.get("ConfigMap", "settings-x"))["data"] == left


async def test_what_changes_while_it_is_taken_over_is_taken_over_as_it_then_is(ground) -> None:
    await applied_by(ground, ("create",), settings("x", "a", "b"))
    live = Live(ground.client)
    await live.load([Ref("", "ConfigMap", ground.namespace, "settings-x")])
    await applied_by(ground, (*SERVER_SIDE, "helm"), settings("x", "c"))
    desired = settings("x", "a")
    desired["metadata"]["namespace"] = ground.namespace

    verb, write = Ways(ground.client, live).of(desired, ObjectOptions())
    assert (verb, (await write(desired))["data"]) == ("apply", {"a": "1"})


async def test_what_goes_while_it_is_taken_over_is_made(ground) -> None:
    await applied_by(ground, ("create",), settings("x", "a", "b"))
    live, ref = Live(ground.client), Ref("", "ConfigMap", ground.namespace, "settings-x")
    await live.load([ref])
    await ground.client.delete(ref)
    desired = settings("x", "a")
    desired["metadata"]["namespace"] = ground.namespace

    _, write = Ways(ground.client, live).of(desired, ObjectOptions())
    assert (await write(desired))["data"] == {"a": "1"}
