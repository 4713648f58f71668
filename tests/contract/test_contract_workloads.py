"""Workloads come alive, say so the way health rules read it, and refuse what is immutable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contract.objects import config_map, daemon_set, deployment, job, service, stateful_set
from contract.place import Place, eventually
from trunkline.core.health import HealthStatus, health_of
from trunkline.core.manifest import Manifest, Ref
from trunkline.edge.cluster.errors import Invalid


async def healthy(place: Place, manifest: Manifest) -> Manifest:
    return await eventually(
        lambda: place.live(manifest),
        lambda live: health_of(live).status is HealthStatus.HEALTHY,
        f"{Ref.of(manifest)} is healthy",
    )


async def listed(place: Place, group: str, kind: str) -> list[Manifest]:
    resource = (await place.client.discovery()).find(group, kind)
    assert resource is not None
    return [one async for one in place.client.list(resource, namespace=place.namespace)]


async def test_a_deployment_becomes_ready(place: Place) -> None:
    made = await place.client.apply(deployment(place.namespace))
    assert health_of(made).status is HealthStatus.PROGRESSING
    status = (await healthy(place, made))["status"]
    assert status["observedGeneration"] == 1
    assert [status[f"{word}Replicas"] for word in ("ready", "available", "updated")] == [2, 2, 2]
    conditions = {one["type"]: one["status"] for one in status["conditions"]}
    assert conditions == {"Available": "True", "Progressing": "True"}


async def test_an_update_is_observed_and_rolled_out(place: Place) -> None:
    await healthy(place, await place.client.apply(deployment(place.namespace)))
    newer = deployment(place.namespace, image="registry.example/app:2")
    answer = await place.client.apply(newer)
    assert answer["metadata"]["generation"] == 2
    assert health_of(answer).status is HealthStatus.PROGRESSING
    status = (await healthy(place, newer))["status"]
    assert status["observedGeneration"] == 2

    async def images() -> set[str]:
        pods = await listed(place, "", "Pod")
        return {one["spec"]["containers"][0]["image"] for one in pods}

    await eventually(images, lambda found: found == {"registry.example/app:2"}, "only new pods")
    assert len(await listed(place, "apps", "ReplicaSet")) == 2


async def test_who_owns_a_pod(place: Place) -> None:
    web = await healthy(place, await place.client.apply(deployment(place.namespace)))
    (replicas,) = await listed(place, "apps", "ReplicaSet")
    assert replicas["metadata"]["ownerReferences"][0]["uid"] == web["metadata"]["uid"]
    for pod in await listed(place, "", "Pod"):
        (owner,) = pod["metadata"]["ownerReferences"]
        assert (owner["kind"], owner["uid"]) == ("ReplicaSet", replicas["metadata"]["uid"])
        assert owner["controller"] is True
        assert health_of(pod).status is HealthStatus.HEALTHY


async def test_scaled_to_nothing(place: Place) -> None:
    await healthy(place, await place.client.apply(deployment(place.namespace)))
    await place.client.apply(deployment(place.namespace, replicas=0))
    await healthy(place, deployment(place.namespace))

    async def count() -> int:
        return len(await listed(place, "", "Pod"))

    await eventually(count, lambda n: n == 0, "no pod")


@pytest.mark.parametrize("make", [stateful_set, daemon_set, service], ids=lambda f: f.__name__)
async def test_becomes_healthy(place: Place, make: Callable[[str], Manifest]) -> None:
    await healthy(place, await place.client.apply(make(place.namespace)))


async def test_a_job_completes(place: Place) -> None:
    made = await place.client.apply(job(place.namespace))
    status = (await healthy(place, made))["status"]
    assert status["succeeded"] == 1 and status["completionTime"]
    assert {"type": "Complete", "status": "True"}.items() <= next(
        one for one in status["conditions"] if one["type"] == "Complete"
    ).items()


def relabelled(manifest: Manifest) -> Manifest:
    spec = manifest["spec"]
    spec["selector"] = {"matchLabels": {"app": "other"}}
    spec["template"]["metadata"]["labels"] = {"app": "other"}
    return manifest


def with_spec(manifest: Manifest, **spec: Any) -> Manifest:
    return {**manifest, "spec": {**manifest["spec"], **spec}}


IMMUTABLE: dict[str, tuple[Manifest, Manifest]] = {
    "Deployment selector": (
        deployment("NS", replicas=0),
        relabelled(deployment("NS", replicas=0)),
    ),
    "StatefulSet serviceName": (
        stateful_set("NS"),
        with_spec(stateful_set("NS"), serviceName="other"),
    ),
    "DaemonSet selector": (daemon_set("NS"), relabelled(daemon_set("NS"))),
    "Job template": (job("NS"), job("NS", image="registry.example/app:2")),
    "Service clusterIP": (
        with_spec(service("NS"), clusterIP="10.0.77.1"),
        with_spec(service("NS"), clusterIP="10.0.77.2"),
    ),
    "ConfigMap immutable": (
        {**config_map("NS"), "immutable": True},
        {**config_map("NS", data={"a": "2"}), "immutable": True},
    ),
}


@pytest.mark.parametrize("case", IMMUTABLE)
async def test_an_immutable_field(place: Place, case: str) -> None:
    before, after = (moved(one, place.namespace) for one in IMMUTABLE[case])
    await place.client.apply(before)
    with pytest.raises(Invalid, match=r"immutable|forbidden|may not change") as caught:
        await place.client.apply(after)
    assert (caught.value.status, caught.value.reason) == (422, "Invalid")


def moved(manifest: Manifest, space: str) -> Manifest:
    return {**manifest, "metadata": {**manifest["metadata"], "namespace": space}}
