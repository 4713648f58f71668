"""Why the cluster differs: a hand in the cluster and a commit on its way are told apart."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from engine.conftest import Ground
from kube_objects import config_map, deployment, stream
from trunkline.core.change import Action, Cause, Why
from trunkline.core.manifest import Ref
from trunkline.core.report.plan_text import plan_text

KUBECTL = Path(sys.executable).with_name("kubectl")


def said(causes: tuple[Cause, ...]) -> list[tuple[str, ...]]:
    return [(one.why.value, *one.paths, one.manager or one.subject) for one in causes]


async def by_hand(ground: Ground, *words: str) -> None:
    """What somebody in a hurry types."""
    where = [f"--kubeconfig={ground.kubeconfig}", f"--namespace={ground.namespace}"]
    done = await asyncio.create_subprocess_exec(KUBECTL, *where, *words)
    assert await done.wait() == 0


async def begun(ground: Ground, *objects: dict[str, object]) -> None:
    """Two commits, of which the first is delivered."""
    ground.repo.write({"app.yaml": ground.application("web", "web")})
    ground.repo.write({"web/all.yaml": stream(*objects)}).commit("begin")
    assert (await ground.sync()).outcome.value == "succeeded"


async def test_a_hand_and_a_commit_on_one_object(ground: Ground) -> None:
    await begun(ground, deployment("web"), config_map("settings"))
    await by_hand(ground, "patch", "deployment", "web", '--patch={"spec":{"replicas":3}}')
    ground.repo.write({"README": "nothing"}).commit("words only")
    ground.repo.write(
        {"web/all.yaml": stream(deployment("web", "registry.test/web:2"), config_map("settings"))}
    ).commit("web 2")
    ground.repo.write({"README": "more"}).commit("more words")
    plan = await ground.plan()
    (change,) = plan.components[0].changes
    image = "spec.template.spec.containers[name=web].image"
    assert said(change.causes) == [
        ("drift", "spec.replicas", "kubectl-patch"),
        ("undelivered", image, "web 2"),
    ]
    drift, commit = change.causes
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", drift.time)
    assert drift.operation == "Update"
    assert (commit.author, len(commit.commit)) == ("Trunkline tests", 40)
    text = plan_text(plan)
    assert f"‖ drift by kubectl-patch (Update) at {drift.time}: spec.replicas\n" in text
    assert f"● undelivered: {commit.commit[:8]} web 2, by Trunkline tests: {image}\n" in text


async def test_what_is_gone_and_what_is_new(ground: Ground) -> None:
    await begun(ground, config_map("stays"), config_map("gone"), config_map("dropped"))
    await ground.client.delete(Ref("", "ConfigMap", ground.namespace, "gone"))
    ground.repo.write(
        {"web/all.yaml": stream(config_map("stays"), config_map("gone"), config_map("new"))}
    ).commit("swap")
    plan = await ground.plan()
    found = {one.ref.name: one for one in plan.components[0].changes}
    assert found["gone"].action is Action.CREATE
    assert said(found["gone"].causes) == [("drift", "")]
    assert said(found["new"].causes) == [("undelivered", "swap")]
    assert said(found["dropped"].causes) == [("undelivered", "swap")]
    assert "‖ drift: it was deleted\n" in plan_text(plan)


async def test_of_two_commits_the_one_that_changed_the_field_is_named(ground: Ground) -> None:
    await begun(ground, config_map("a", {"one": "1", "two": "2"}))
    ground.repo.write({"web/all.yaml": stream(config_map("a", {"one": "x", "two": "2"}))})
    ground.repo.commit("one")
    ground.repo.write({"web/all.yaml": stream(config_map("a", {"one": "x", "two": "x"}))})
    ground.repo.commit("two")
    (change,) = (await ground.plan()).components[0].changes
    assert said(change.causes) == [
        ("undelivered", "data.one", "one"),
        ("undelivered", "data.two", "two"),
    ]


async def test_without_a_store_the_history_is_asked(ground: Ground) -> None:
    await begun(ground, config_map("a"))
    ground.repo.write({"web/all.yaml": stream(config_map("a", {"key": "new"}))}).commit("change")
    (ground.repo.path.parent / "store.db").unlink()
    (change,) = (await ground.plan()).components[0].changes
    assert [one.why for one in change.causes] == [Why.UNDELIVERED]


async def test_a_first_delivery_has_no_cause(ground: Ground) -> None:
    """Under an id of its own: other tests leave marks of theirs in a real cluster."""
    ground.repo.write({"app.yaml": ground.application("fresh", "web")})
    ground.repo.write({"web/all.yaml": stream(config_map("a"))}).commit("begin")
    (change,) = (await ground.plan()).components[0].changes
    assert (change.action, change.causes) == (Action.CREATE, ())


KUSTOMIZATION = """\
configMapGenerator: [{name: settings, literals: [color=%s]}]
resources: [web.yaml]
"""


async def test_a_generated_config_map_is_one_object_that_changes(ground: Ground) -> None:
    reads = deployment("web")
    pod = reads["spec"]["template"]["spec"]
    pod["containers"][0]["envFrom"] = [{"configMapRef": {"name": "settings"}}]
    ground.repo.write({"app.yaml": ground.application("web", "web")})
    ground.repo.write({"web/web.yaml": stream(reads)})
    ground.repo.write({"web/kustomization.yaml": KUSTOMIZATION % "red"}).commit("begin")
    assert (await ground.sync()).outcome.value == "succeeded"
    ground.repo.write({"web/kustomization.yaml": KUSTOMIZATION % "blue"}).commit("recolour")
    plan = await ground.plan()
    config, workload = plan.components[0].changes
    assert (config.action, workload.action) == (Action.UPDATE, Action.UPDATE)
    assert "-  color: red\n+  color: blue\n" in config.diff
    assert said(config.causes) == [("undelivered", "recolour")]
    assert workload.diff == "" and workload.reason.startswith("uses the new settings-")
