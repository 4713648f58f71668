"""How a cluster is reached that a unit of infrastructure made: by the unit's outputs.

    clusters:
      - name: jp
        unit: infra/live/jp/cluster

The outputs become what a cluster Secret would hold, in the form of its `config`
(https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters).
"""

from __future__ import annotations

from base64 import b64encode
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
CERTIFICATE = ("client_certificate", "cluster_client_certificate")
KEY = ("client_key", "cluster_client_key")


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
    found = {
        "caData": _first(outputs, AUTHORITY),
        "certData": _first(outputs, CERTIFICATE),
        "keyData": _first(outputs, KEY),
    }
    tls = {name: _in_base64(text) for name, text in found.items() if text}
    config = {"bearerToken": _first(outputs, TOKEN), "tlsClientConfig": tls}
    # GKE gives an address alone.
    return Reach(server if "://" in server else f"https://{server}", config)


def _first(outputs: Mapping[str, Any], names: Sequence[str]) -> str:
    return next((_text(outputs[name]) for name in names if outputs.get(name)), "")


def _text(value: Any) -> str:
    """EKS's own attribute is a list of one block: `[{data = "…"}]`."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return str(value.get("data", "") if isinstance(value, dict) else value)


def _in_base64(text: str) -> str:
    """As a cluster Secret has it; PEM is taken as it is."""
    return b64encode(text.encode()).decode() if text.startswith("-----BEGIN ") else text
