"""The ways to a cluster: a kubeconfig's context, its Secret's config, our own Pod's account."""

from __future__ import annotations

import ipaddress
import os
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yarl import URL

from trunkline.core.component import Cluster
from trunkline.edge.cluster.access import Access
from trunkline.edge.cluster.credentials import TokenFile
from trunkline.edge.cluster.errors import Unreachable
from trunkline.edge.cluster.kubeconfig import Entry, entries, entry_of
from trunkline.edge.cluster.secret_config import access_of_secret
from trunkline.edge.cluster.trust import Trust
from trunkline.edge.cluster.user import basic, behalf, credentials, pem

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def access_of(
    cluster: Cluster,
    *,
    kubeconfig: str = "",
    secret_config: Mapping[str, Any] | None = None,
) -> Access:
    """The access to a cluster: its Secret's config, its Pod's account, or a kubeconfig's context.

    Raises Unreachable that says what is missing.
    """
    try:
        access = _access(cluster, kubeconfig, secret_config)
    except (TypeError, AttributeError, KeyError) as error:
        # A list where a map belongs, or the other way: not said more exactly, for secrets' sake.
        raise Unreachable(
            f"{cluster.name}: what says how to reach it is not of the documented form "
            f"({type(error).__name__} while reading it)",
            cluster=cluster.name,
        ) from None
    access.server = _checked(access.server.rstrip("/"), cluster.name)
    access.proxy = _proxy(access.proxy or _proxy_for(access.server), cluster.name)
    return access


def _access(cluster: Cluster, kubeconfig: str, secret_config: Mapping[str, Any] | None) -> Access:
    if secret_config is not None:
        return access_of_secret(cluster, secret_config)
    if cluster.access.get("inCluster"):
        return _in_cluster(cluster.name)
    file = str(cluster.access.get("kubeconfig") or "") or kubeconfig
    context = str(cluster.access.get("context") or "") or _context_for(cluster, file)
    return _of_entry(cluster.name, entry_of(file, context, cluster.name))


def _context_for(cluster: Cluster, kubeconfig: str) -> str:
    """The context that is named like the cluster, else the one with its server."""
    known = entries(kubeconfig)
    if any(one.name == cluster.name for one in known) or not cluster.server:
        return cluster.name
    server = cluster.server.rstrip("/")
    same = (one.name for one in known if one.server.rstrip("/") == server)
    return next(same, cluster.name)


def _of_entry(cluster: str, entry: Entry) -> Access:
    section, user = entry.cluster, entry.user
    insecure = bool(section.get("insecure-skip-tls-verify"))
    trust = Trust(
        "" if insecure else pem(section, "certificate-authority", cluster),
        insecure,
        str(section.get("tls-server-name") or ""),
    )
    return Access(
        entry.server,
        cluster,
        credentials(user, cluster, section),
        trust,
        proxy=str(section.get("proxy-url") or ""),
        basic=basic(user.get("username"), user.get("password")),
        behalf=behalf(user, cluster),
    )


def _in_cluster(name: str) -> Access:
    """https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/"""
    host = os.environ.get("KUBERNETES_SERVICE_HOST", "")
    if not host:
        raise Unreachable(
            f"{name} is said to be the cluster we run in (inCluster), but this is no Pod: "
            "give it a kubeconfig or a context instead",
            cluster=name,
        )
    host = f"[{host}]" if ":" in host else host
    port = os.environ.get("KUBERNETES_SERVICE_PORT") or "443"
    authority = SERVICE_ACCOUNT / "ca.crt"
    return Access(
        f"https://{host}:{port}",
        name,
        TokenFile(SERVICE_ACCOUNT / "token", name),
        Trust(authority.read_text() if authority.is_file() else ""),
    )


def _checked(server: str, cluster: str) -> str:
    try:
        address = URL(server)
        good = address.scheme in ("http", "https") and address.host
    except ValueError:
        good = False
    if not good:
        raise Unreachable(
            f"{cluster}: {server or 'nothing'!r} is no http or https address of an API server: "
            "correct `server`",
            cluster=cluster,
        )
    return server


def _proxy_for(server: str) -> str:
    """What $HTTPS_PROXY and its like say, as kubectl takes them: never for loopback."""
    address = URL(server)
    host = address.host or ""
    if _is_loopback(host) or urllib.request.proxy_bypass(host):
        return ""
    return urllib.request.getproxies_environment().get(address.scheme, "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _proxy(proxy: str, cluster: str) -> str:
    if not proxy:
        return ""
    scheme, separator, _ = proxy.partition("://")
    if not separator:
        return f"http://{proxy}"
    if scheme.lower() not in ("http", "https"):
        raise Unreachable(
            f"{cluster}: a {scheme} proxy is not supported: set proxy-url to an http or https one",
            cluster=cluster,
        )
    return proxy
