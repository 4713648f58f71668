"""The `config` of a cluster Secret, which Argo CD keeps as JSON.

https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trunkline.core.component import Cluster
from trunkline.edge.cluster.access import Access
from trunkline.edge.cluster.credentials import Credentials, Fixed, Issued
from trunkline.edge.cluster.errors import Unreachable
from trunkline.edge.cluster.plugin import Plugin, Program
from trunkline.edge.cluster.trust import Trust
from trunkline.edge.cluster.user import basic, decoded


def access_of_secret(cluster: Cluster, config: Mapping[str, Any]) -> Access:
    """Raises Unreachable that says what is wrong with the config."""
    tls = config.get("tlsClientConfig") or {}
    insecure = bool(tls.get("insecure"))
    trust = Trust(
        "" if insecure else decoded(tls, "caData", cluster.name),
        insecure,
        str(tls.get("serverName") or ""),
    )
    return Access(
        cluster.server,
        cluster.name,
        _credentials(config, tls, cluster.name),
        trust,
        proxy=str(config.get("proxyUrl") or ""),
        basic=basic(config.get("username"), config.get("password")),
    )


def _credentials(config: Mapping[str, Any], tls: Mapping[str, Any], cluster: str) -> Credentials:
    if config.get("awsAuthConfig"):
        raise Unreachable(
            f"{cluster}: awsAuthConfig of its cluster Secret is not supported; give it a "
            "kubeconfig whose exec plug-in is `aws eks get-token`",
            cluster=cluster,
        )
    if isinstance(config.get("execProviderConfig"), dict):
        return Plugin(_program(config["execProviderConfig"]), cluster)
    return Fixed(
        Issued(
            str(config.get("bearerToken") or ""),
            decoded(tls, "certData", cluster).encode(),
            decoded(tls, "keyData", cluster).encode(),
        )
    )


def _program(plugin: Mapping[str, Any]) -> Program:
    """Unlike in a kubeconfig, `env` is a map here."""
    return Program(
        str(plugin.get("command") or ""),
        tuple(str(one) for one in plugin.get("args") or ()),
        {str(name): str(value) for name, value in (plugin.get("env") or {}).items()},
        str(plugin.get("apiVersion") or ""),
        " ".join(str(plugin.get("installHint") or "").split()),
    )
