"""How a cluster is reached that a unit of infrastructure made: by the unit's outputs.

    clusters:
      - name: jp
        unit: infra/live/jp/cluster

The outputs become what a cluster Secret would hold, in the form of its `config`
(https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from msgspec import Struct

from trunkline.core.trouble import Trouble

# What widely used modules call them (EKS, GKE, AKS); the first that is there counts.
SERVER = ("endpoint", "cluster_endpoint", "host", "server")
AUTHORITY = (
    "certificate_authority",
    "cluster_ca_certificate",
    "cluster_certificate_authority_data",
    "ca_certificate",
)
TOKEN = ("token", "cluster_token")


class ReachError(Trouble):
    """Outputs that say too little to reach a cluster; the message says what is missing."""


class Reach(Struct, frozen=True):
    """The server's address, and the `config` of a cluster Secret. Both hold secrets."""

    server: str
    config: Mapping[str, Any]


def reach_of(unit: str, said: bytes) -> Reach:
    """What `output -json` of the unit says of its cluster. Raises ReachError."""
    try:
        outputs = {name: one["value"] for name, one in orjson.loads(said or b"{}").items()}
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        raise ReachError(f"the outputs of {unit} cannot be read") from None
    server = _first(outputs, SERVER)
    if not server:
        raise ReachError(
            f"{unit} has no output that is its cluster's address",
            remedy=f"name one of them {' or '.join(SERVER)}",
        )
    authority = _first(outputs, AUTHORITY)
    tls = {"caData": authority} if authority else {}
    return Reach(server, {"bearerToken": _first(outputs, TOKEN), "tlsClientConfig": tls})


def _first(outputs: Mapping[str, Any], names: Sequence[str]) -> str:
    return next((str(outputs[name]) for name in names if outputs.get(name)), "")
