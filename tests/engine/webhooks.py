"""Admission webhooks that do what a test says: over TLS, as a real cluster asks them, and in a
front of the practice cluster, which asks none.

https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from cluster.certificates import authority, signed
from realcluster.front import Front, Refused
from trunkline.core.manifest import Ref
from trunkline.edge.cluster.client import ClusterClient
from trunkline.sandbox.patching.json_patch import json_patched

NAME = "hook.trunkline.test"
# How long an API server waits for it, in seconds.
TIMEOUT = 1.0

Answer = Callable[[dict[str, Any]], dict[str, Any]]
"""From the object to the rest of the response: `{allowed: …}`."""


@dataclass
class Webhook:
    """`waits` seconds before it answers; `asked` are the operations that it was asked about."""

    answer: Answer
    waits: float = 0.0
    asked: list[str] = field(default_factory=list)

    async def admit(self, request: web.Request) -> web.Response:
        review = orjson.loads(await request.read())
        asked = review["request"]
        self.asked.append(asked["operation"])
        await asyncio.sleep(self.waits)
        response = {"uid": asked["uid"], **self.answer(asked["object"])}
        body = {"apiVersion": review["apiVersion"], "kind": review["kind"], "response": response}
        return web.json_response(body)

    async def in_front(self, method: str, path: str, body: bytes) -> bytes:
        """What becomes of a write to ConfigMaps, in the words of an API server. Raises Refused."""
        if "/configmaps" not in path:
            return body
        self.asked.append("CREATE" if method == "POST" else "UPDATE")
        if self.waits > TIMEOUT:
            await asyncio.sleep(TIMEOUT)
            said = f'failed calling webhook "{NAME}": failed to call webhook: deadline exceeded'
            raise Refused(500, f"Internal error occurred: {said}")
        found = orjson.loads(body)
        told = self.answer(found)
        if not told["allowed"]:
            said = f'admission webhook "{NAME}" denied the request: {told["status"]["message"]}'
            raise Refused(told["status"]["code"], said)
        if "patch" not in told:
            return body
        return orjson.dumps(json_patched(found, orjson.loads(base64.b64decode(told["patch"]))))


def allows(_: dict[str, Any]) -> dict[str, Any]:
    return {"allowed": True}


def refuses(_: dict[str, Any]) -> dict[str, Any]:
    return {"allowed": False, "status": {"message": "no images of strangers", "code": 403}}


def changes(*patch: dict[str, Any]) -> Answer:
    encoded = base64.b64encode(orjson.dumps(patch)).decode()
    return lambda _: {"allowed": True, "patchType": "JSONPatch", "patch": encoded}


@contextlib.asynccontextmanager
async def fronting(front: Front, hook: Webhook) -> AsyncIterator[None]:
    """The webhook is asked about what goes by the front."""
    front.admit = hook.in_front
    try:
        yield
    finally:
        front.admit = None


@contextlib.asynccontextmanager
async def admitting(
    client: ClusterClient, namespace: str, folder: Path, hook: Webhook, kind: str
) -> AsyncIterator[None]:
    """The webhook is asked about ConfigMaps of the namespace; `kind`: Validating or Mutating."""
    by = authority(folder, "webhook-ca")
    pair = signed(folder, "webhook", by, names="IP:127.0.0.1")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(pair.certificate, pair.key)
    runner = web.ServerRunner(web.Server(hook.admit), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    ca = base64.b64encode(by.certificate.read_bytes()).decode()
    manifest = _configuration(kind, namespace, runner.addresses[0][1], ca)
    await client.create(manifest)
    try:
        await _heard(client, namespace, hook)
        yield
    finally:
        await client.delete(Ref.of(manifest))
        await runner.cleanup()


async def _heard(client: ClusterClient, namespace: str, hook: Webhook) -> None:
    """API servers take a moment until they ask a new webhook."""
    probe = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "probe", "namespace": namespace},
    }
    for _ in range(100):
        with contextlib.suppress(Exception):
            await client.create(probe, dry_run=True)
        if hook.asked:
            hook.asked.clear()
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the API server never asked the webhook")


def _configuration(kind: str, namespace: str, port: int, ca: str) -> dict[str, Any]:
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": f"{kind}WebhookConfiguration",
        "metadata": {"name": f"hook-{namespace}"},
        "webhooks": [
            {
                "name": NAME,
                "clientConfig": {"url": f"https://127.0.0.1:{port}/admit", "caBundle": ca},
                "rules": [
                    {
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE", "UPDATE"],
                        "resources": ["configmaps"],
                    }
                ],
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
                "timeoutSeconds": int(TIMEOUT),
                "failurePolicy": "Fail",
            }
        ],
    }
