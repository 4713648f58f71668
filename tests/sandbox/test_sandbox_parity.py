"""Every kind of `kinds.yaml` is answered as the real API server answers it.

Each object is applied and created, both as a dry run, in the sandbox and on the real control
plane; the answers are equal but for what is random. So defaults, what Go leaves out, and who owns
which field are compared for 28 objects at once.
"""

from __future__ import annotations

import copy
import re
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from realcluster.start import RealCluster
from sandbox.wire import Answer, Wire
from trunkline.sandbox import Sandbox
from trunkline.sandbox.kinds.registry import builtins

Json = dict[str, Any]
OBJECTS = list(yaml.safe_load_all(Path(__file__).with_name("kinds.yaml").read_text()))
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")

# The real one runs without the admission plug-in that gives a pod its account.
UNLIKE = {"Pod": ("serviceAccount", "serviceAccountName")}


@pytest.fixture(scope="module")
def namespace() -> str:
    return f"parity-{uuid.uuid4().hex[:8]}"


@pytest.fixture
async def pair(real_cluster: RealCluster, namespace: str) -> AsyncIterator[tuple[Wire, Wire]]:
    """The real one and the sandbox, with a namespace of the same name."""
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    async with (
        Sandbox(["eu"]) as box,
        Wire.to(real_cluster.url, real_cluster.token, real_cluster.ca) as real,
        Wire.to(box.clusters["eu"].url, box.clusters["eu"].token) as ours,
    ):
        for wire in (real, ours):
            await wire.ask("POST", "/api/v1/namespaces", body)
        yield real, ours


@pytest.mark.parametrize("number", range(len(OBJECTS)), ids=lambda n: OBJECTS[n]["kind"])
@pytest.mark.parametrize("verb", ["apply", "create"])
async def test_the_same_answer(
    pair: tuple[Wire, Wire], namespace: str, number: int, verb: str
) -> None:
    obj = copy.deepcopy(OBJECTS[number])
    path = placed(obj, namespace)
    answers = []
    for wire in pair:
        if verb == "apply":
            name = obj["metadata"]["name"]
            answer = await wire.apply(f"{path}/{name}", obj, dryRun="All")
        else:
            answer = await wire.ask("POST", path, obj, fieldManager="test", dryRun="All")
        answers.append(answer)
    real, ours = (shown(answer, obj["kind"]) for answer in answers)
    assert ours == real


def placed(obj: Json, namespace: str) -> str:
    """The collection's path, with the object put where the test may have it."""
    group, _, version = obj["apiVersion"].rpartition("/")
    key = group, version, obj["kind"]
    resource = next(one for one in builtins() if (one.group, one.version, one.kind) == key)
    root = f"/apis/{obj['apiVersion']}" if group else f"/api/{version}"
    if not resource.namespaced:
        if resource.kind != "CustomResourceDefinition":
            obj["metadata"]["name"] = f"{obj['metadata']['name']}-{namespace}"
        return f"{root}/{resource.plural}"
    obj["metadata"]["namespace"] = namespace
    return f"{root}/namespaces/{namespace}/{resource.plural}"


def shown(answer: Answer, kind: str) -> list[str]:
    body = unrandom(answer.body)
    for key in UNLIKE.get(kind, ()):
        body.get("spec", {}).pop(key, None)
    return [str(answer.status), *sorted(lines(body))]


def unrandom(value: Any, key: str = "") -> Any:
    if key in ("uid", "resourceVersion", "creationTimestamp", "time"):
        return "…"
    if isinstance(value, dict):
        return {name: unrandom(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [unrandom(one) for one in value]
    if key in ("clusterIP", "clusterIPs") or (isinstance(value, str) and UUID.match(value)):
        return "…"
    return value


def lines(value: Any, path: str = "") -> Iterator[str]:
    """A line per leaf, so that a failure names the field."""
    if isinstance(value, dict) and value:
        for name, one in value.items():
            yield from lines(one, f"{path}.{name}")
    elif isinstance(value, list) and value:
        for number, one in enumerate(value):
            yield from lines(one, f"{path}[{number}]")
    else:
        yield f"{path} = {value!r}"
