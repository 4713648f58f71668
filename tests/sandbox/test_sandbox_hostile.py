"""Requests that are made to harm: each is refused, and the cluster goes on."""

from __future__ import annotations

import asyncio

import aiohttp
import orjson
import pytest

from sandbox.wire import APPLY, JSON, JSON_PATCH
from trunkline.sandbox import Sandbox

MAPS = "/api/v1/namespaces/default/configmaps"
MAP = orjson.dumps(
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": "b"}}
)
PROTOBUF = b"k8s\x00"
CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "xs.y.test"},
    "spec": {
        "group": "y.test",
        "names": {"kind": "X", "plural": "xs"},
        "scope": "Cluster",
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": "SCHEMA"}],
    },
}


def laughs() -> bytes:
    """YAML of nine lists of which each holds the one before nine times."""
    lines = ["apiVersion: v1", "kind: ConfigMap", "metadata: {name: y}", "data:"]
    lines.append(f"  a: &a [{','.join('x' * 9)}]")
    for one, before in zip("bcdefghij", "abcdefghi", strict=True):
        lines.append(f"  {one}: &{one} [{','.join([f'*{before}'] * 9)}]")
    return "\n".join(lines).encode()


def copies() -> bytes:
    """Operations of which each doubles the object."""
    begin = {"op": "add", "path": "/data/q", "value": {}}
    more = [{"op": "copy", "from": "/data", "path": f"/data/q/{n}"} for n in range(40)]
    return orjson.dumps([begin, *more])


def nested(levels: int) -> bytes:
    schema = b'{"type":"object","properties":{"a":' * levels + b"{}" + b"}}" * levels
    return orjson.dumps(CRD).replace(b'"SCHEMA"', b'{"openAPIV3Schema":' + schema + b"}")


CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
REQUESTS: dict[str, tuple[str, str, bytes, str, int]] = {
    "a number without end": ("POST", MAPS, PROTOBUF + b"\xff" * 2_000_000, JSON, 400),
    "a message cut short": ("POST", MAPS, PROTOBUF + b"\x0a\xff\xff\x7f", JSON, 400),
    "aliases of aliases": ("PATCH", f"{MAPS}/y?fieldManager=x", laughs(), APPLY, 400),
    "brackets without end": ("PATCH", f"{MAPS}/y?fieldManager=x", b"[" * 100_000, APPLY, 400),
    "braces without end": ("POST", MAPS, b'{"a":' * 100_000, JSON, 400),
    "copies of copies": ("PATCH", f"{MAPS}/x", copies(), JSON_PATCH, 422),
    "a schema of schemas": ("POST", CRDS, nested(300), JSON, 400),
    "a watch for ever": ("GET", f"{MAPS}?watch=1&timeoutSeconds={'9' * 400}", b"", JSON, 400),
    "a selector that opens only": ("GET", f"{MAPS}?labelSelector={'(' * 3000}", b"", JSON, 400),
    "a page of nowhere": ("GET", f"{MAPS}?limit=-5&continue=%00z", b"", JSON, 400),
    "a path that goes up": ("GET", f"{MAPS}/..%2f..%2fsecrets/x", b"", JSON, 404),
    "a name that goes up": ("POST", MAPS, MAP.replace(b'"x"', b'"../x"'), JSON, 422),
    "more than a body": ("POST", MAPS, b"x" * 9_000_000, JSON, 413),
    "a list": ("POST", MAPS, b"[1]", JSON, 400),
    "what is no text": ("POST", MAPS, MAP.replace(b'"b"', b'"\xff"'), JSON, 400),
    "options that are none": ("DELETE", f"{MAPS}/x", b'{"preconditions":[1]}', JSON, 400),
    "options of another kind": ("DELETE", f"{MAPS}/x", b'{"dryRun":5}', JSON, 400),
    "faults that are none": ("PUT", "/sandbox/faults", b"[1]", JSON, 400),
}


@pytest.mark.parametrize("name", REQUESTS)
async def test_it_is_refused_and_the_cluster_goes_on(box: Sandbox, name: str) -> None:
    method, path, body, kind, status = REQUESTS[name]
    eu = box.clusters["eu"]
    headers = {"Authorization": f"Bearer {eu.token}", "Content-Type": kind}
    async with aiohttp.ClientSession(eu.url, headers=headers) as session:
        async with session.post(MAPS, data=MAP, headers={"Content-Type": JSON}) as made:
            assert made.status == 201
        async with session.request(method, path, data=body or None) as answer:
            said = await answer.read()
        assert (answer.status, b"Traceback" in said) == (status, False), said[:300]
        async with session.get(f"{MAPS}/x") as answer:
            assert (await answer.json())["data"] == {"a": "b"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:1"}, 200),
        ({"Host": "rebound.test"}, 401),
        ({"Host": "127.0.0.1.rebound.test:80"}, 401),
        ({"Origin": "https://page.test"}, 401),
        ({"Authorization": "Bearer no"}, 401),
        ({"Authorization": "Bearer \udcff"}, 401),
        ({"Authorization": ""}, 401),
    ],
)
async def test_who_may_ask(box: Sandbox, headers: dict[str, str], status: int) -> None:
    async with (
        aiohttp.ClientSession(box.clusters["eu"].url) as session,
        session.get(MAPS, headers=headers) as answer,
    ):
        assert answer.status == status


async def test_hundreds_who_never_end_their_requests_keep_nobody_out(box: Sandbox) -> None:
    eu = box.clusters["eu"]
    port = int(eu.url.rpartition(":")[2])
    opened = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", port) for _ in range(300)))
    try:
        for _, writer in opened:
            writer.write(b"POST /api/v1/namespaces HTTP/1.1\r\nContent-Length: 8000000\r\n\r\n{")
        async with aiohttp.ClientSession(eu.url) as session, session.get(MAPS) as answer:
            assert answer.status == 200
    finally:
        for _, writer in opened:
            writer.close()
