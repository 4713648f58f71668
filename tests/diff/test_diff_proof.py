"""The proof of equality, held against what a real API server says: never wrongly equal."""

from __future__ import annotations

import copy
import os
import random
import uuid
from typing import Any

import pytest

from diff.proof_objects import MORE
from kube_objects import config_map, deployment, job
from trunkline.core.component import Cluster
from trunkline.core.diff import proved, same_but_for_noise
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.marks import marked
from trunkline.edge.cluster.client import connect
from trunkline.edge.cluster.errors import ApiError
from trunkline.edge.cluster.ways import access_of


def service(name: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {
            "selector": {"app": name},
            "ports": [{"port": 80, "name": "a"}, {"port": 81, "name": "b"}],
        },
    }


def policy(name: str) -> Manifest:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name},
        "spec": {
            "podSelector": {"matchLabels": {"app": name}},
            "ingress": [{"ports": [{"port": 80}], "from": [{"podSelector": {}}]}],
        },
    }


def rich(name: str) -> Manifest:
    one = deployment(name, replicas=2)
    pod = one["spec"]["template"]["spec"]
    pod["containers"][0] |= {
        "args": ["serve", "--fast"],
        "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        "ports": [{"containerPort": 80}, {"containerPort": 81, "name": "two"}],
        "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}},
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
        "readinessProbe": {"httpGet": {"path": "/", "port": 80}},
    }
    pod["volumes"] = [{"name": "tmp", "emptyDir": {}}]
    pod["tolerations"] = [{"key": "a", "operator": "Exists"}]
    return one


DATA = {"a": "YQ=="}

# Where the server fills in defaults inside of an atomic list, only it can tell: it is asked.
ASKED = {"NetworkPolicy", "StatefulSet", "RoleBinding", "DaemonSet", "CronJob"} | {
    "ServiceAccount",
    "LimitRange",
    "ResourceQuota",
}

# `make faults` tries 5,000 of each kind.
MUTATIONS = int(os.environ.get("TRUNKLINE_MUTATIONS", "60"))

OBJECTS = {
    "ConfigMap": config_map("one", {"a": "1", "b": "two", "n": "3"}, note="x"),
    "Secret": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "one"}, "data": DATA},
    "Deployment": deployment("one"),
    "rich Deployment": rich("one"),
    "Service": service("one"),
    "NetworkPolicy": policy("one"),
    "Job": job("one"),
    **MORE,
}


@pytest.fixture
async def client(real_cluster: Any) -> Any:
    access = {"kubeconfig": str(real_cluster.kubeconfig), "context": real_cluster.name}
    made = connect(real_cluster.name, access_of(Cluster(real_cluster.name, access=access)))
    namespace = f"proof-{uuid.uuid4().hex[:8]}"
    await made.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    yield made, namespace
    await made.delete(Ref("", "Namespace", "", namespace))
    await made.close()


@pytest.mark.timeout(max(120, MUTATIONS))
@pytest.mark.parametrize("name", OBJECTS)
async def test_what_was_applied_is_proved_and_nothing_else_is(client: Any, name: str) -> None:
    api, namespace = client
    desired = marked(copy.deepcopy(OBJECTS[name]), "proof")
    desired["metadata"]["namespace"] = namespace
    live = await api.apply(desired)
    assert proved(desired, live) or name in ASKED, live
    wrong = []
    for seed in range(MUTATIONS):
        chance = random.Random(seed)
        changed = mutated(desired, chance)
        if seed % 3 == 2:
            changed = mutated(changed, chance)
        if changed == desired or not proved(changed, live):
            continue
        try:
            answer = await api.apply(changed, dry_run=True)
        except ApiError as error:
            wrong.append((changed, str(error)))
            continue
        if not same_but_for_noise(live, answer):
            wrong.append((changed, answer))
    assert wrong == []


@pytest.mark.timeout(max(120, MUTATIONS))
@pytest.mark.parametrize("name", ["ConfigMap", "Deployment", "Service", "Role"])
async def test_what_another_manager_wrote_is_never_proved_wrongly(client: Any, name: str) -> None:
    """The live object is what changes here: by another client, with its own fields and ours."""
    api, namespace = client
    desired = marked(copy.deepcopy(OBJECTS[name]), "proof")
    desired["metadata"]["namespace"] = namespace
    first = await api.apply(desired)
    wrong = []
    for seed in range(MUTATIONS // 6):
        other_live = mutated({**first, "status": {}}, random.Random(seed))
        other_live["metadata"].pop("resourceVersion")
        try:
            live = await api.replace(other_live)
        except ApiError:
            continue
        try:
            answer = await api.apply(desired, dry_run=True)
        except ApiError:
            answer = {}
        if proved(desired, live) and not same_but_for_noise(live, answer):
            wrong.append((live, answer))
    assert wrong == []


async def test_a_field_of_ours_that_another_changed_is_not_proved(client: Any) -> None:
    api, namespace = client
    desired = marked(config_map("one"), "proof")
    desired["metadata"]["namespace"] = namespace
    live = await api.apply(desired)
    live = await api.replace({**live, "data": {"key": "other"}})
    assert not proved(desired, live)


async def test_a_field_that_git_dropped_is_not_proved(client: Any) -> None:
    api, namespace = client
    desired = marked(config_map("one", {"a": "1", "b": "2"}), "proof")
    desired["metadata"]["namespace"] = namespace
    live = await api.apply(desired)
    assert not proved({**desired, "data": {"a": "1"}}, live)


def mutated(manifest: Manifest, chance: random.Random) -> Manifest:
    """The object with one thing changed somewhere below its spec, data or labels."""
    whole = copy.deepcopy(manifest)
    places = [place for place in holders(whole) if place is not whole]
    holder = chance.choice(places)
    keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    if not keys or chance.random() < 0.2:
        added = {"added": "x"} if isinstance(holder, dict) else ["x"]
        holder.update(added) if isinstance(holder, dict) else holder.extend(added)
        return whole
    key = chance.choice(keys)
    if chance.random() < 0.3:
        del holder[key]
    else:
        holder[key] = other(holder[key], chance)
    return whole


def other(value: Any, chance: random.Random) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + chance.choice([-1, 1])
    if isinstance(value, str):
        return chance.choice([value + "x", "", value.upper(), f" {value}"])
    if isinstance(value, list):
        return value[::-1] if len(value) > 1 else [*value, *value]
    return {} if value else {"x": "y"}


def holders(value: Any) -> list[Any]:
    if isinstance(value, dict):
        below = [one for name, each in value.items() if name != "metadata" for one in holders(each)]
        return [value, *below]
    if isinstance(value, list):
        return [value, *(one for each in value for one in holders(each))]
    return []
