"""Custom kinds in waves, and a user's own rules: what a sync waits for and what a status says."""

from __future__ import annotations

import asyncio

from kube_objects import config_map, crd, deployment, stream
from trunkline.core.event import Waiting
from trunkline.core.manifest import Ref
from trunkline.core.run import Outcome
from trunkline.engine.sync import teller
from trunkline.engine.sync.component import How


async def test_a_wave_waits_for_a_custom_object(ground) -> None:
    """A managed resource, known by its group, is made in one wave, a ConfigMap in the next."""
    group = f"{ground.namespace}.crossplane.io"
    bucket = {
        "apiVersion": f"{group}/v1",
        "kind": "Bucket",
        "metadata": {"name": "logs", "annotations": {"argocd.argoproj.io/sync-wave": "1"}},
    }
    ground.repo.write(
        {
            "apps/web.yaml": ground.application("web", "web"),
            "web/all.yaml": stream(
                crd("buckets", "Bucket", group), bucket, config_map("after", wave="2")
            ),
        }
    ).commit()
    running = asyncio.create_task(ground.sync())
    ref = Ref(group, "Bucket", ground.namespace, "logs")
    async with asyncio.timeout(60):
        await _there(ground, ref)
    assert await ground.get("ConfigMap", "after") is None
    ready = {"type": "Ready", "status": "True", "reason": "Available"}
    synced = {"type": "Synced", "status": "True", "reason": "ReconcileSuccess"}
    await ground.client.patch(ref, {"status": {"conditions": [ready, synced]}})
    run = await running
    assert run.outcome is Outcome.SUCCEEDED, run.as_json()
    assert await ground.get("ConfigMap", "after") is not None


async def _there(ground, ref: Ref) -> None:
    """Until the cluster serves the kind and holds the object."""
    found = None
    while found is None:
        discovery = await ground.client.rediscover()
        found = await ground.client.get(ref) if discovery.find(ref.group, ref.kind) else None


RULE = """\
if obj.data.ready == "yes" then
  return {status = "Healthy", message = "is ready"}
end
return {status = "Degraded", message = "says " .. obj.data.ready}
"""


def with_rule(ground, ready: str) -> None:
    ground.repo.write(
        {
            "apps/web.yaml": ground.application("web", "web"),
            "argo/resource_customizations/ConfigMap/health.lua": RULE,
            "web/all.yaml": stream(
                config_map("first", {"ready": ready}, wave="1"),
                config_map("second", {"ready": "yes"}, wave="2"),
            ),
        }
    ).commit()


async def test_a_users_rule_decides_whether_a_wave_is_healthy(ground) -> None:
    with_rule(ground, "no")
    run = await ground.sync()
    assert run.outcome is Outcome.FAILED
    (result,) = run.components
    assert result.message.endswith("first is degraded: says no")
    assert await ground.get("ConfigMap", "second") is None
    with_rule(ground, "yes")
    assert (await ground.sync()).outcome is Outcome.SUCCEEDED
    assert await ground.get("ConfigMap", "second") is not None


async def test_an_object_may_say_that_its_health_does_not_count(ground) -> None:
    with_rule(ground, "yes")
    sick = config_map("sick", {"ready": "no"}, wave="2")
    sick["metadata"]["annotations"]["argocd.argoproj.io/ignore-healthcheck"] = "true"
    ground.repo.write({"web/sick.yaml": stream(sick)}).commit()
    run = await ground.sync(How(wait=True, wave_timeout=60.0))
    assert (run.outcome, run.components[0].health) == (Outcome.SUCCEEDED, "Healthy"), run.as_json()
    (found,) = await ground.statuses()
    assert (found.health, found.message) == ("Healthy", "")
    assert [(one.ref.name, one.health) for one in found.objects if one.ref.name == "sick"] == [
        ("sick", "Degraded")
    ]


async def test_the_status_speaks_by_the_users_rules(ground) -> None:
    with_rule(ground, "yes")
    await ground.sync()
    (found,) = await ground.statuses()
    assert [(one.ref.name, one.health, one.message) for one in found.objects] == [
        ("first", "Healthy", "is ready"),
        ("second", "Healthy", "is ready"),
    ]


async def test_a_pod_that_is_stuck_is_the_reason(ground, monkeypatch) -> None:
    """No node takes the pod; what a kubelet would say of its image is written by hand."""
    web = deployment("web")
    template = web["spec"]["template"]
    template["spec"]["nodeSelector"] = {"nowhere": "at-all"}
    template["metadata"]["annotations"] = {"sandbox.trunkline/fail": "Pending"}
    ground.repo.write(
        {"apps/web.yaml": ground.application("web", "web"), "web/all.yaml": stream(web)}
    ).commit()
    await ground.sync()
    pods = (await ground.client.discovery()).find("", "Pod")
    assert pods
    found = []
    async with asyncio.timeout(60):
        while not found:
            found = [one async for one in ground.client.list(pods, namespace=ground.namespace)]
    waiting = {"reason": "ImagePullBackOff", "message": "no such image"}
    stuck = {"name": "web", "image": "x", "imageID": "", "ready": False, "restartCount": 0}
    status = {"containerStatuses": [{**stuck, "state": {"waiting": waiting}}]}
    await ground.client.patch(Ref.of(found[0]), {"status": status}, subresource="status")
    (said,) = await ground.statuses()
    assert said.health == "Degraded"
    assert "container web: ImagePullBackOff: no such image" in said.message
    ground.repo.write({"web/more.yaml": stream(config_map("more"))}).commit()
    monkeypatch.setattr(teller, "FIRST_LOOK", 0.0)
    ground.heard.clear()
    run = await ground.sync(How(wave_timeout=3.0, wait=True))
    assert "container web: ImagePullBackOff: no such image" in run.components[0].message
    waits = [one.message for one in ground.heard if isinstance(one, Waiting)]
    assert any("ImagePullBackOff" in one for one in waits), waits
