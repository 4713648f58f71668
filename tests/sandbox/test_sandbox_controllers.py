"""Workloads that fail on demand, roll over, keep their order; what is owned, claimed, balanced."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.wire import MERGE, Wire

SPACE = "/namespaces/default"
DEPLOYMENTS = f"/apis/apps/v1{SPACE}/deployments"
SETS = f"/apis/apps/v1{SPACE}/statefulsets"
JOBS = f"/apis/batch/v1{SPACE}/jobs"
PODS = f"/api/v1{SPACE}/pods"


def template(image: str = "app:1", fail: str = "", **spec: Any) -> dict[str, Any]:
    meta: dict[str, Any] = {"labels": {"app": "web"}}
    if fail:
        meta["annotations"] = {"sandbox.trunkline/fail": fail}
    return {"metadata": meta, "spec": {"containers": [{"name": "main", "image": image}], **spec}}


def deployment(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template(), **spec},
    }


def condition(obj: Any, kind: str) -> Any:
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return next((one for one in conditions if one["type"] == kind), {})


def waiting(pods: Any) -> set[str]:
    statuses = [one for pod in pods["items"] for one in pod["status"].get("containerStatuses", ())]
    return {(one["state"].get("waiting") or {}).get("reason", "") for one in statuses}


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        pytest.param({"image": "app:broken"}, "ImagePullBackOff", id="image"),
        pytest.param({"fail": "CrashLoopBackOff"}, "CrashLoopBackOff", id="crash"),
        pytest.param({"fail": "ImagePullBackOff"}, "ImagePullBackOff", id="pull"),
    ],
)
async def test_pods_fail_as_told(wire: Wire, how: dict[str, str], reason: str) -> None:
    await wire.apply(f"{DEPLOYMENTS}/web", deployment(template=template(**how)))
    await wire.until(PODS, lambda pods: waiting(pods) == {reason})
    live = (await wire.ask("GET", f"{DEPLOYMENTS}/web")).body
    assert condition(live, "Available")["status"] == "False"
    events = (await wire.ask("GET", f"/api/v1{SPACE}/events", fieldSelector="type=Warning")).body
    assert events["items"][0]["involvedObject"]["kind"] == "Pod"


async def test_a_pod_that_finds_no_node(wire: Wire) -> None:
    await wire.apply(f"{DEPLOYMENTS}/web", deployment(template=template(fail="Pending")))
    pods = await wire.until(
        PODS, lambda found: found["items"] and condition(found["items"][0], "PodScheduled")
    )
    assert condition(pods["items"][0], "PodScheduled")["reason"] == "Unschedulable"


async def test_a_deadline_passes(wire: Wire) -> None:
    spec = {"progressDeadlineSeconds": 1, "template": template("app:broken")}
    await wire.apply(f"{DEPLOYMENTS}/web", deployment(**spec))
    live = await wire.until(
        f"{DEPLOYMENTS}/web", lambda one: condition(one, "Progressing").get("status") == "False"
    )
    assert condition(live, "Progressing")["reason"] == "ProgressDeadlineExceeded"


async def test_a_broken_update_leaves_the_old_pods(wire: Wire) -> None:
    def ready(count: int) -> Any:
        return lambda one: one["status"].get("readyReplicas") == count

    await wire.apply(f"{DEPLOYMENTS}/web", deployment(replicas=4))
    await wire.until(f"{DEPLOYMENTS}/web", ready(4))
    await wire.apply(f"{DEPLOYMENTS}/web", deployment(replicas=4, template=template("app:broken")))
    await wire.until(PODS, lambda pods: "ImagePullBackOff" in waiting(pods))
    live = (await wire.ask("GET", f"{DEPLOYMENTS}/web")).body
    assert live["status"]["readyReplicas"] >= 3
    await wire.apply(f"{DEPLOYMENTS}/web", deployment(replicas=4))
    await wire.until(
        f"{DEPLOYMENTS}/web",
        lambda one: ready(4)(one) and one["status"].get("updatedReplicas") == 4,
    )


async def test_recreate(wire: Wire) -> None:
    spec = {"strategy": {"type": "Recreate"}, "replicas": 2}
    for image in ("app:1", "app:2"):
        await wire.apply(f"{DEPLOYMENTS}/web", deployment(**spec, template=template(image)))
        await wire.until(
            f"{DEPLOYMENTS}/web",
            lambda one: (
                one["status"].get("readyReplicas") == 2
                and one["status"].get("updatedReplicas") == 2
            ),
        )
    pods = (await wire.ask("GET", PODS)).body["items"]
    assert {one["spec"]["containers"][0]["image"] for one in pods} == {"app:2"}


async def test_a_stateful_set_counts_and_claims(wire: Wire) -> None:
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    spec = {
        "serviceName": "db",
        "replicas": 3,
        "selector": {"matchLabels": {"app": "web"}},
        "template": template(),
        "volumeClaimTemplates": [claim],
    }
    body = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db"},
        "spec": spec,
    }
    await wire.apply(f"{SETS}/db", body)
    await wire.until(f"{SETS}/db", lambda one: one["status"].get("readyReplicas") == 3)
    pods = (await wire.ask("GET", PODS)).body["items"]
    assert [one["metadata"]["name"] for one in pods] == ["db-0", "db-1", "db-2"]
    claims = (await wire.ask("GET", f"/api/v1{SPACE}/persistentvolumeclaims")).body["items"]
    assert [one["status"]["phase"] for one in claims] == ["Bound"] * 3
    await wire.ask("PATCH", f"{SETS}/db", {"spec": {"replicas": 1}}, MERGE)
    await wire.until(PODS, lambda found: len(found["items"]) == 1)
    assert len((await wire.ask("GET", f"/api/v1{SPACE}/persistentvolumeclaims")).body["items"]) == 3


async def test_a_volume_that_nobody_claims_is_available(wire: Wire) -> None:
    path = "/api/v1/persistentvolumes"
    spec = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteMany"],
        "nfs": {"server": "files.test", "path": "/media"},
    }
    volume = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "media"}}
    await wire.apply(f"{path}/media", {**volume, "spec": spec})
    await wire.until(f"{path}/media", lambda one: one["status"].get("phase") == "Available")
    await wire.ask("DELETE", f"{path}/media")
    await wire.until(f"{path}/media", lambda body: body.get("code") == 404)


async def test_a_used_claim_stays_until_its_pod_goes(wire: Wire) -> None:
    path = f"/api/v1{SPACE}/persistentvolumeclaims"
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"}}
    await wire.apply(f"{path}/c", {**claim, "spec": spec})
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]
    pod = {"metadata": {"name": "user"}, "spec": template(volumes=volumes)["spec"]}
    await wire.ask("POST", PODS, pod)
    await wire.ask("DELETE", f"{path}/c")
    assert (await wire.ask("GET", f"{path}/c")).body["metadata"]["deletionTimestamp"]
    await wire.ask("DELETE", f"{PODS}/user")
    await wire.until(f"{path}/c", lambda body: body.get("code") == 404)


@pytest.mark.parametrize(
    ("fail", "kind", "reason"),
    [("", "Complete", "CompletionsReached"), ("Error", "Failed", "BackoffLimitExceeded")],
)
async def test_a_job_ends(wire: Wire, fail: str, kind: str, reason: str) -> None:
    spec = {"backoffLimit": 1, "template": template(fail=fail, restartPolicy="Never")}
    body = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": spec}
    await wire.apply(f"{JOBS}/j", body)
    live = await wire.until(f"{JOBS}/j", lambda one: condition(one, kind))
    assert condition(live, kind)["reason"] == reason
    assert live["status"].get("failed", 0) == (2 if fail else 0)


async def test_a_load_balancer_and_its_endpoints(wire: Wire) -> None:
    spec = {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80}]}
    path = f"/api/v1{SPACE}/services"
    await wire.ask("POST", path, {"metadata": {"name": "web"}, "spec": spec})
    live = await wire.until(f"{path}/web", lambda one: one["status"]["loadBalancer"])
    assert live["status"]["loadBalancer"]["ingress"][0]["ip"].startswith("203.0.113.")
    await wire.apply(f"{DEPLOYMENTS}/web", deployment(replicas=2))
    slices = f"/apis/discovery.k8s.io/v1{SPACE}/endpointslices"
    await wire.until(
        slices,
        lambda found: (
            sum(
                one["conditions"]["ready"]
                for each in found["items"]
                for one in each["endpoints"] or ()
            )
            == 2
        ),
    )


async def test_what_a_deployment_owns_goes_with_it(wire: Wire) -> None:
    await wire.apply(f"{DEPLOYMENTS}/web", deployment(replicas=2))
    await wire.until(PODS, lambda found: len(found["items"]) == 2)
    await wire.ask("DELETE", f"{DEPLOYMENTS}/web", {"propagationPolicy": "Foreground"})
    await wire.until(f"{DEPLOYMENTS}/web", lambda body: body.get("code") == 404)
    assert (await wire.ask("GET", PODS)).body["items"] == []


async def test_logs(wire: Wire) -> None:
    await wire.ask("POST", PODS, {"metadata": {"name": "p"}, "spec": template()["spec"]})
    await wire.until(f"{PODS}/p", lambda one: one["status"]["phase"] == "Running")
    assert (await wire.ask("GET", f"{PODS}/p/log")).body == "main: starting app:1\nmain: ready\n"
    answer = await wire.ask("GET", f"{PODS}/p/log", container="side")
    assert (answer.status, answer.body["message"]) == (
        400,
        "container side is not valid for pod p",
    )
