"""Outputs of a unit as the way to the cluster that it made."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from trunkline.core.infra.reach import ReachError, reach_of

UNIT = "infra/live/jp/cluster"


PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
IN_BASE64 = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUIKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo="


def said(**outputs: Any) -> bytes:
    return orjson.dumps({name: {"value": value} for name, value in outputs.items()})


@pytest.mark.parametrize(
    ("outputs", "server", "token", "tls"),
    [
        pytest.param(
            {"endpoint": "https://jp", "certificate_authority": "Q0E=", "token": "t"},
            "https://jp",
            "t",
            {"caData": "Q0E="},
            id="as our own modules call them",
        ),
        pytest.param(
            {"cluster_endpoint": "https://jp", "cluster_certificate_authority_data": "Q0E="},
            "https://jp",
            "",
            {"caData": "Q0E="},
            id="as modules for EKS call them",
        ),
        pytest.param(
            {"host": "http://jp", "cluster_ca_certificate": "", "cluster_token": "t"},
            "http://jp",
            "t",
            {},
            id="no authority",
        ),
        pytest.param(
            {"endpoint": "https://jp", "certificate_authority": [{"data": "Q0E="}]},
            "https://jp",
            "",
            {"caData": "Q0E="},
            id="as the resource for EKS has it",
        ),
        pytest.param(
            {"endpoint": "34.1.2.3", "cluster_ca_certificate": "Q0E=", "token": "t"},
            "https://34.1.2.3",
            "t",
            {"caData": "Q0E="},
            id="an address alone, as for GKE",
        ),
        pytest.param(
            {"host": "https://jp:443", "client_certificate": "Qw==", "client_key": "Sw=="},
            "https://jp:443",
            "",
            {"certData": "Qw==", "keyData": "Sw=="},
            id="a client certificate, as for AKS",
        ),
        pytest.param(
            {"endpoint": "https://jp", "cluster_ca_certificate": PEM},
            "https://jp",
            "",
            {"caData": IN_BASE64},
            id="PEM as it is, as for kind",
        ),
    ],
)
def test_a_cluster_is_reached_by_outputs(
    outputs: dict[str, Any], server: str, token: str, tls: dict[str, Any]
) -> None:
    found = reach_of(UNIT, said(**outputs))
    assert (found.server, found.config) == (server, {"bearerToken": token, "tlsClientConfig": tls})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"{}", "has no output that is its cluster's address"),
        (said(token="t"), "has no output that is its cluster's address"),
        (b"no json", "cannot be read"),
        (b'{"endpoint": "no output"}', "cannot be read"),
    ],
)
def test_outputs_that_say_too_little(text: bytes, told: str) -> None:
    with pytest.raises(ReachError, match=told) as caught:
        reach_of(UNIT, text)
    assert UNIT in str(caught.value)
