"""Traces of writes, answered step by step as the real API server answers them.

Each step is a line: who does what with which body. Ownership, defaults, generations and the words
of errors are compared; the status of a Deployment, which depends on the moment, is not.
"""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.parity import shown
from sandbox.wire import APPLY, JSON, JSON_PATCH, MERGE, STRATEGIC, Answer, Wire

Json = dict[str, Any]
Step = tuple[str, Any, str, dict[str, str]]

FORCED = {"force": "true"}


def config(data: Any = None, **meta: Any) -> Json:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "it", **meta}}
    return body if data is None else {**body, "data": data}


def deployment(*containers: Json, labels: str = "b", **spec: Any) -> Json:
    template = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": list(containers) or [{"name": "m", "image": "i:1"}]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "it"},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": {"a": labels}},
            "template": template,
            **spec,
        },
    }


def applied(by: str, body: Json, **query: str) -> Step:
    return "PATCH", body, APPLY, {"fieldManager": by, **query}


def patched(by: str, body: Any, kind: str = MERGE) -> Step:
    return "PATCH", body, kind, {"fieldManager": by}


MAIN = {"name": "m", "image": "i:1"}
SIDE = {"name": "s", "image": "s:1"}
PORTS = {**MAIN, "ports": [{"containerPort": 80}, {"containerPort": 53, "protocol": "UDP"}]}
SURGE = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}

TRACES: dict[str, tuple[str, list[Step]]] = {
    "shared and dropped": (
        "configmaps",
        [
            applied("t", config({"a": "1", "n": None}, labels={"x": "y"})),
            applied("u", config({"a": "1", "b": "2"}, annotations={})),
            applied("t", config({})),
            applied("u", config()),
        ],
    ),
    "conflicts": (
        "configmaps",
        [
            applied("t", config({"a": "1", "b": "1"})),
            applied("u", config({"a": "2"})),
            applied("u", config({"a": "2", "b": "2"})),
            applied("u", config({"a": "2"}), **FORCED),
            patched("hand", {"data": {"a": "3"}, "metadata": {"labels": {"l": "1"}}}),
            applied("t", config({"b": "1"})),
        ],
    ),
    "refusals": (
        "configmaps",
        [
            applied("t", config({"a": "1"})),
            ("PATCH", config({"a": "1"}), APPLY, {}),
            applied("t", {**config({"a": "1"}), "bogus": 1}),
            patched("t", [{"op": "remove", "path": "/data/none"}], JSON_PATCH),
            patched("t", [{"op": "test", "path": "/data/a", "value": "2"}], JSON_PATCH),
            ("PUT", config({"a": "1"}, resourceVersion="1"), JSON, {}),
            ("PUT", {**config({"a": "1"}), "bogus": 1}, JSON, {"fieldValidation": "Strict"}),
            ("DELETE", {"preconditions": {"uid": "other"}}, JSON, {}),
            ("DELETE", {"propagationPolicy": "Sideways"}, JSON, {}),
        ],
    ),
    "lists by key": (
        "deployments",
        [
            applied("t", deployment(PORTS)),
            applied("u", deployment(SIDE)),
            applied("t", deployment({**MAIN, "env": [{"name": "E", "value": "1"}]})),
            patched(
                "smp",
                {
                    "spec": {
                        "template": {
                            "spec": {"containers": [{"name": "m", "env": [{"name": "F"}]}]}
                        }
                    }
                },
                STRATEGIC,
            ),
            applied("t", deployment()),
        ],
    ),
    "an abandoned struct": (
        "deployments",
        [
            applied("t", deployment(strategy=SURGE)),
            applied("t", deployment(strategy={"type": "Recreate"})),
            applied("t", deployment()),
            applied("t", deployment(replicas=None)),
        ],
    ),
    "an invalid change": (
        "deployments",
        [
            applied("t", deployment()),
            applied("t", deployment(labels="other")),
            applied("t", deployment(replicas=-1)),
            applied("t", deployment(replicas="many")),
            applied("t", deployment({"name": "m", "image": ""})),
            applied("t", deployment(replica=1)),
        ],
    ),
}


@pytest.mark.parametrize("name", TRACES)
async def test_each_step_is_answered_alike(
    pair: tuple[Wire, Wire], namespace: str, name: str
) -> None:
    plural, steps = TRACES[name]
    root = "/apis/apps/v1" if plural == "deployments" else "/api/v1"
    path = f"{root}/namespaces/{namespace}/{plural}/it"
    real, ours = pair
    await real.ask("DELETE", path, {"propagationPolicy": "Foreground"})
    await real.until(path, lambda body: body.get("code") == 404)
    for number, (method, body, kind, query) in enumerate(steps):
        answers = [await wire.ask(method, path, body, kind, **query) for wire in (real, ours)]
        first, second = (shown(quiet(one), "") for one in answers)
        assert second == first, f"step {number}"


def quiet(answer: Answer) -> Answer:
    """Without what controllers add to it when they come to it, and without empty details.

    Managers are sorted by when they wrote, in seconds: two of one second stand in another order
    than two of different ones.
    """
    body = dict(answer.body)
    if body["kind"] == "Status":
        kept = {key: value for key, value in body.items() if key != "details" or value}
        return Answer(answer.status, kept, {})
    body.pop("status", None)
    meta = dict(body["metadata"])
    meta.pop("annotations", None)
    entries = meta.get("managedFields", ())
    kept = [one for one in entries if one.get("subresource") != "status"]
    meta["managedFields"] = sorted(kept, key=lambda one: (one["manager"], one["operation"]))
    return Answer(answer.status, {**body, "metadata": meta}, {})
