"""A Kubernetes cluster like EKS or GKE: an address, an authority, a token."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from trunkline.practice.kinds.kind import (
    EVERY,
    NUMBER,
    Kind,
    Values,
    address,
    computed,
    derived,
    optional,
    required,
)


def _made(id: str, values: Values) -> dict[str, Any]:
    host = f"https://{id}.{values['region']}.k8s.practice.test"
    authority = f"-----BEGIN CERTIFICATE-----\n{derived(id, 'ca', length=64)}\n"
    return {
        "id": id,
        "address": address("cluster", id, values),
        "endpoint": host,
        "certificate_authority": b64encode(authority.encode()).decode(),
        "token": f"practice-{derived(id, 'token', length=32)}",
    }


def _refusal(before: Values, after: Values) -> str:
    if _number(after["version"]) < _number(before["version"]):
        return f"a cluster cannot go back from {before['version']} to {after['version']}"
    return ""


def _number(version: Any) -> tuple[int, ...]:
    return tuple(int(part) for part in str(version).split(".") if part.isdecimal())


CLUSTER = Kind(
    "cluster",
    "k8s",
    (
        *EVERY,
        required("name", replaces=True, says="Its name in the region."),
        required("network_id", replaces=True, says="The network that its nodes are in."),
        optional("version", default="1.36", says="The Kubernetes version; it only goes up."),
        optional("node_count", NUMBER, default=3, says="How many nodes."),
        optional("node_size", default="medium", says="How large each is."),
        computed("endpoint", says="The address of its API server."),
        computed("certificate_authority", says="Its authority, PEM in base64."),
        computed("token", sensitive=True, says="An administrator's token."),
    ),
    _made,
    _refusal,
    says="A Kubernetes cluster.",
)
