"""The user section of a kubeconfig: credentials, and whom we act for.

https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#AuthInfo
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trunkline.edge.cluster.credentials import Credentials, Fixed, Issued, TokenFile
from trunkline.edge.cluster.errors import Unreachable
from trunkline.edge.cluster.plugin import Plugin, Program

SHOWN = (
    "server",
    "tls-server-name",
    "insecure-skip-tls-verify",
    "proxy-url",
    "disable-compression",
)
ACT_AS = "Impersonate-User"
EXTENSION = "client.authentication.k8s.io/exec"


def credentials(user: Mapping[str, Any], cluster: str, section: Mapping[str, Any]) -> Credentials:
    """What the section gives: a program's before a file's before what it holds itself.

    `section` is the cluster's, which a plug-in may ask to see.
    """
    if isinstance(user.get("exec"), dict):
        return Plugin(_program(user["exec"], section, cluster), cluster)
    if user.get("auth-provider"):
        raise Unreachable(
            f"{cluster}: its user has an auth-provider, which Kubernetes gave up in 1.26: "
            "write the kubeconfig anew with the provider's exec plug-in",
            cluster=cluster,
        )
    certificate = Issued(
        certificate=pem(user, "client-certificate", cluster).encode(),
        key=pem(user, "client-key", cluster).encode(),
    )
    if user.get("tokenFile"):
        return TokenFile(Path(str(user["tokenFile"])), cluster, certificate)
    token = str(user.get("token") or "")
    return Fixed(Issued(token, certificate.certificate, certificate.key))


def behalf(user: Mapping[str, Any], cluster: str) -> tuple[tuple[str, str], ...]:
    """Impersonation: https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/

    To leave it out would be to act with more rights than the kubeconfig wants.
    """
    if user.get("as-user-extra"):
        raise Unreachable(
            f"{cluster}: as-user-extra is not supported; take it out of its user", cluster=cluster
        )
    if not user.get("as"):
        return ()
    found = [(ACT_AS, str(user["as"]))]
    found += [("Impersonate-Group", str(one)) for one in user.get("as-groups") or ()]
    if user.get("as-uid"):
        found.append(("Impersonate-Uid", str(user["as-uid"])))
    return tuple(found)


def pem(section: Mapping[str, Any], key: str, cluster: str) -> str:
    """PEM text from `<key>-data` (base64), else from the file `<key>`, else ""."""
    if section.get(f"{key}-data"):
        return decoded(section, f"{key}-data", cluster)
    if not section.get(key):
        return ""
    file = Path(str(section[key]))
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise Unreachable(
            f"{cluster}: {key} {file} cannot be read: {why}", cluster=cluster
        ) from None


def decoded(section: Mapping[str, Any], key: str, cluster: str) -> str:
    """The text that stands there as base64, "" for nothing. Raises Unreachable."""
    try:
        return b64decode(str(section.get(key) or "")).decode()
    except ValueError:
        raise Unreachable(f"{cluster}: {key} is not base64 of a text", cluster=cluster) from None


def basic(user: object, password: object) -> str:
    return b64encode(f"{user}:{password or ''}".encode()).decode() if user else ""


def _program(plugin: Mapping[str, Any], section: Mapping[str, Any], cluster: str) -> Program:
    if plugin.get("interactiveMode") == "Always":
        raise Unreachable(
            f"{cluster}: the credential plug-in {plugin.get('command')} wants to ask at a terminal "
            "(interactiveMode: Always): log in with it first, then set IfAvailable",
            cluster=cluster,
        )
    return Program(
        str(plugin.get("command") or ""),
        tuple(str(one) for one in plugin.get("args") or ()),
        {str(one["name"]): str(one.get("value") or "") for one in plugin.get("env") or ()},
        str(plugin.get("apiVersion") or ""),
        " ".join(str(plugin.get("installHint") or "").split()),
        _seen(section, cluster) if plugin.get("provideClusterInfo") else None,
    )


def _seen(section: Mapping[str, Any], cluster: str) -> dict[str, Any]:
    """The cluster as ExecCredential's spec shows it to a plug-in that asks (KEP-541)."""
    found = {key: section[key] for key in SHOWN if section.get(key)}
    if authority := pem(section, "certificate-authority", cluster):
        found["certificate-authority-data"] = b64encode(authority.encode()).decode()
    for one in section.get("extensions") or ():
        if one.get("name") == EXTENSION:
            found["config"] = one.get("extension")
    return found
