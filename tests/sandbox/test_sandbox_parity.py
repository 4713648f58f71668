"""Every kind of `kinds.yaml` is answered as the real API server answers it.

Each object is applied and created, both as a dry run, in the sandbox and on the real control
plane; the answers are equal but for what is random. So defaults, what Go leaves out, and who owns
which field are compared for 28 objects at once.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.parity import shown
from sandbox.wire import Wire
from trunkline.sandbox.kinds.registry import builtins

Json = dict[str, Any]
OBJECTS = list(yaml.safe_load_all(Path(__file__).with_name("kinds.yaml").read_text()))


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
