"""Ignored differences in plan, status and sync; options that say when something is done."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kube_objects import config_map, crd, deployment, job, stream
from trunkline.core.event import Waiting
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.run import Outcome, Run
from trunkline.engine.sync.component import How

HOW = How(wave_timeout=60.0)
RESPECT = {"syncPolicy": {"syncOptions": ["RespectIgnoreDifferences=true"]}}
MERGE = "application/merge-patch+json"


def commit(ground, *objects: Manifest, **spec: Any) -> None:
    app = ground.application("web", "web", **spec)
    ground.repo.write({"apps/web.yaml": app, "web/all.yaml": stream(*objects)}).commit()


async def synced(ground, *objects: Manifest, **spec: Any) -> Run:
    commit(ground, *objects, **spec)
    return await ground.sync(HOW)


def steps(run: Run) -> list[str]:
    return [f"{s.verb} {s.ref.kind} {s.ref.name}" for one in run.components for s in one.steps]


def web(image: str = "registry.test/web:1") -> Manifest:
    found = deployment("web", image=image, replicas=1)
    container = found["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}]
    return found


async def somebody_changes_it(ground) -> None:
    """An autoscaler, by a manager of its own, and an operator that sets a variable."""
    ref = Ref("apps", "Deployment", ground.namespace, "web")
    live = await ground.client.get(ref)
    env = [{"name": "A", "value": "1"}, {"name": "B", "value": "9"}]
    containers = live["spec"]["template"]["spec"]["containers"]
    template = {"spec": {"containers": [{**containers[0], "env": env}]}}
    scaled = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": ground.namespace},
        "spec": {"replicas": 3},
    }
    await ground.client.apply(scaled, manager="autoscaler")
    await ground.client.patch(ref, {"spec": {"template": template}}, content_type=MERGE)


RULES = {
    "pointers": {
        "jsonPointers": [
            "/spec/replicas",
            "/spec/template/spec/containers/0/env/1/value",
        ]
    },
    "jq": {
        "jqPathExpressions": [
            ".spec.replicas",
            '.spec.template.spec.containers[].env[] | select(.name == "B")',
        ]
    },
    "managers": {
        "managedFieldsManagers": ["autoscaler"],
        "jsonPointers": ["/spec/template/spec/containers/0/env/1"],
    },
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
async def test_what_is_ignored_is_no_drift_and_stays_where_that_is_respected(
    ground, rule: dict[str, list[str]]
) -> None:
    ignore = {"ignoreDifferences": [{"group": "apps", "kind": "Deployment", **rule}]}
    await synced(ground, web(), **ignore)
    await somebody_changes_it(ground)
    assert (await ground.plan()).components == ()
    (status,) = await ground.statuses()
    assert (status.sync, steps(await ground.sync(HOW))) == ("Synced", [])

    run = await synced(ground, web("registry.test/web:2"), **ignore, **RESPECT)
    assert steps(run) == ["apply Deployment web"], run.as_json()
    live = await ground.get("Deployment", "web", "apps")
    container = live["spec"]["template"]["spec"]["containers"][0]
    assert (live["spec"]["replicas"], container["env"][1]["value"]) == (3, "9")
    assert container["image"] == "registry.test/web:2"
    assert steps(await ground.sync(HOW)) == []

    # Nobody ignores it any more, and the verdicts that were remembered do not hide it.
    assert steps(await synced(ground, web("registry.test/web:2"))) == ["apply Deployment web"]
    live = await ground.get("Deployment", "web", "apps")
    container = live["spec"]["template"]["spec"]["containers"][0]
    assert (live["spec"]["replicas"], container["env"][1]["value"]) == (1, "1")


async def test_a_status_is_never_drift(ground) -> None:
    """Of a kind whose status is a field like others, written by its operator and by Git."""
    group = f"{ground.namespace}.example.test"
    widget = {
        "apiVersion": f"{group}/v1",
        "kind": "Widget",
        "metadata": {"name": "w"},
        "spec": {"size": 1},
        "status": {"phase": "Pending"},
    }
    kind = crd("widgets", "Widget", group)
    await synced(ground, kind, widget)
    await ground.client.rediscover()
    ref = Ref(group, "Widget", ground.namespace, "w")
    await ground.client.patch(ref, {"status": {"phase": "Ready"}}, content_type=MERGE)
    assert (await ground.plan()).components == ()
    assert steps(await ground.sync(HOW)) == []
    await ground.client.delete(Ref.of(kind))


CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm, namespace: argocd}
data:
  resource.customizations.ignoreDifferences.apps_Deployment: |
    jsonPointers: [/spec/template/spec/containers/0/env/1/value]
  resource.customizations.ignoreDifferences.all: |
    managedFieldsManagers: [autoscaler]
"""


async def test_what_argocd_cm_ignores_is_ignored_in_every_application(ground) -> None:
    ground.repo.write({"argocd/cm.yaml": CONFIG})
    await synced(ground, web(), **RESPECT)
    await somebody_changes_it(ground)
    assert (await ground.plan()).components == ()
    assert steps(await ground.sync(HOW)) == []

    await synced(ground, web("registry.test/web:2"), **RESPECT)
    live = await ground.get("Deployment", "web", "apps")
    assert live["spec"]["replicas"] == 3


async def test_a_kind_that_an_operator_brings_may_be_waited_for(ground) -> None:
    group = f"{ground.namespace}.example.test"
    widget = {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": "w"}}
    run = await synced(ground, config_map("first"), widget)
    (result,) = run.components
    assert "SkipDryRunOnMissingResource=true" in result.message and result.steps == ()
    skip = {"argocd.argoproj.io/sync-options": "SkipDryRunOnMissingResource=true"}
    widget["metadata"]["annotations"] = skip
    retry = {"syncPolicy": {"retry": {"limit": 3, "backoff": {"duration": "100ms", "factor": 2}}}}
    commit(ground, config_map("first"), widget, **retry)

    async def operator() -> None:
        """The CRD comes once the first attempt has failed."""
        for _ in range(200):
            if any(isinstance(one, Waiting) and "again in" in one.message for one in ground.heard):
                break
            await asyncio.sleep(0.02)
        await ground.client.create(crd("widgets", "Widget", group))

    run, _ = await asyncio.gather(ground.sync(HOW), operator())
    assert run.outcome is Outcome.SUCCEEDED, run.as_json()
    assert steps(run) == ["apply ConfigMap first", "apply Widget w"], "those of both attempts"
    assert run.components[0].unchanged == 0
    await ground.client.delete(Ref.of(crd("widgets", "Widget", group)))


async def test_a_kind_that_another_component_brings_is_no_mistake_in_a_plan(ground) -> None:
    group = f"{ground.namespace}.example.test"
    widget = {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": "w"}}
    commit(ground, widget)
    ground.repo.write(
        {
            "apps/operator.yaml": ground.application("operator", "operator"),
            "operator/all.yaml": stream(crd("widgets", "Widget", group)),
        }
    ).commit()
    said = f"Widget.{group} {ground.namespace}/w"
    both, alone = await ground.plan(), await ground.plan("web")
    assert [
        (one.severity, one.message) for one in both.findings if one.rule == "unserved-kind"
    ] == [("note", f"{said} waits for operator, which brings its kind")]
    assert [one.severity for one in alone.findings if one.rule == "unserved-kind"] == ["error"]


async def test_what_no_time_mends_is_not_tried_again(ground) -> None:
    """A value of the wrong type comes with 500, as what passes does; neither a first sync waits for
    it, nor a later one."""
    retry = {"syncPolicy": {"retry": {"limit": 5, "backoff": {"duration": "1h"}}}}
    wrong = config_map("wrong")
    wrong["data"] = {"flag": True}
    async with asyncio.timeout(60):
        for objects in ((config_map("left"), wrong), (config_map("left", {"new": "1"}), wrong)):
            run = await synced(ground, *objects, **retry)
            assert run.outcome is Outcome.FAILED
            assert "does not fit its kind's schema: .data.flag" in run.components[0].message


async def test_a_failed_sync_is_tried_again_ever_later(ground) -> None:
    hook = job("migrate", hook="PreSync")
    hook["spec"] |= {"activeDeadlineSeconds": 1}
    hook["spec"]["template"]["metadata"] = {"annotations": {"sandbox.trunkline/fail": "Error"}}
    hook["spec"]["template"]["spec"]["nodeSelector"] = {"nowhere": "at-all"}
    backoff = {"duration": "100ms", "factor": 3, "maxDuration": "250ms"}
    retry = {"syncPolicy": {"retry": {"limit": 2, "backoff": backoff}}}
    run = await synced(ground, config_map("app"), hook, **retry)
    assert run.outcome is Outcome.FAILED
    pauses = [one.message for one in ground.heard if isinstance(one, Waiting)]
    again = [one.rpartition("again in ")[2] for one in pauses if "again in" in one]
    assert again == ["0.1 s", "0.25 s"]
