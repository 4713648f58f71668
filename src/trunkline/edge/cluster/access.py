"""How a cluster is reached: its address, whom we trust there, and who we are."""

from __future__ import annotations

import os
import ssl
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trunkline.core.component import Cluster
from trunkline.edge.cluster.credentials import (
    Credentials,
    Fixed,
    Issued,
    Plugin,
    TokenFile,
)
from trunkline.edge.cluster.errors import Unreachable
from trunkline.edge.cluster.kubeconfig import Entry, entries, entry_of

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(slots=True)
class Access:
    """`authority` is PEM text of the CAs to trust, "" for the system's; nothing here is shown."""

    server: str
    credentials: Credentials = field(
        default_factory=lambda: Fixed(Issued()), repr=False
    )
    authority: str = field(default="", repr=False)
    insecure: bool = False
    server_name: str = ""
    proxy: str = ""
    basic: str = field(default="", repr=False)
    _certified: bytes = field(default=b"", repr=False)
    _context: ssl.SSLContext | None = field(default=None, repr=False)

    @property
    def renewable(self) -> bool:
        return self.credentials.renewable

    def renew(self) -> None:
        """Ask for new credentials before the next request."""
        self.credentials.renew()

    async def headers(self) -> dict[str, str]:
        """Who we are, as far as a header says it."""
        issued = await self.credentials.issued()
        self._certify(issued)
        if issued.token:
            return {"Authorization": f"Bearer {issued.token}"}
        return {"Authorization": f"Basic {self.basic}"} if self.basic else {}

    def tls(self) -> ssl.SSLContext:
        """The TLS context of every connection; certificates come into it when they are issued."""
        if self._context is None:
            try:
                self._context = ssl.create_default_context(
                    cadata=self.authority or None
                )
            except ssl.SSLError:
                raise Unreachable(
                    f"{self.server}: its certificate authority is no PEM"
                ) from None
            if self.insecure:
                self._context.check_hostname = False
                self._context.verify_mode = ssl.CERT_NONE
        return self._context

    def _certify(self, issued: Issued) -> None:
        if not issued.certificate or issued.certificate == self._certified:
            return
        with tempfile.TemporaryDirectory(prefix="trunkline-") as folder:
            # OpenSSL loads a chain from a file only; the folder is ours alone (0700).
            file = Path(folder) / "pair.pem"
            file.touch(0o600)
            file.write_bytes(issued.certificate + b"\n" + issued.key)
            try:
                self.tls().load_cert_chain(file)
            except ssl.SSLError:
                raise Unreachable(
                    f"{self.server}: the client certificate and its key do not fit"
                ) from None
        self._certified = issued.certificate


def contexts(kubeconfig: str = "") -> tuple[Cluster, ...]:
    """The contexts of a kubeconfig as clusters; () where there is none."""
    return tuple(
        Cluster(
            one.name, one.server, access={"kubeconfig": kubeconfig, "context": one.name}
        )
        for one in entries(kubeconfig)
    )


def access_of(
    cluster: Cluster,
    *,
    kubeconfig: str = "",
    secret_config: Mapping[str, Any] | None = None,
) -> Access:
    """The access to a cluster: its Secret's config, its Pod's account, or a kubeconfig's context.

    Raises Unreachable that says what is missing.
    """
    if secret_config is not None:
        return _of_secret(cluster, secret_config)
    if cluster.access.get("inCluster"):
        return _in_cluster(cluster.name)
    file = str(cluster.access.get("kubeconfig") or "") or kubeconfig
    context = str(cluster.access.get("context") or "") or _context_for(cluster, file)
    return _of_entry(cluster, entry_of(file, context, cluster.name))


def _context_for(cluster: Cluster, kubeconfig: str) -> str:
    """The context that is named like the cluster, else the one with its server."""
    known = entries(kubeconfig)
    if any(one.name == cluster.name for one in known) or not cluster.server:
        return cluster.name
    same = [
        one.name
        for one in known
        if one.server.rstrip("/") == cluster.server.rstrip("/")
    ]
    return same[0] if same else cluster.name


def _of_entry(cluster: Cluster, entry: Entry) -> Access:
    section, user = entry.cluster, entry.user
    if not entry.server:
        raise Unreachable(
            f"{cluster.name}: the context {entry.name} names no server",
            cluster=cluster.name,
        )
    return Access(
        entry.server.rstrip("/"),
        _credentials(user, cluster.name),
        _text(section, "certificate-authority", cluster.name),
        insecure=bool(section.get("insecure-skip-tls-verify")),
        server_name=str(section.get("tls-server-name") or ""),
        proxy=str(section.get("proxy-url") or ""),
        basic=_basic(user.get("username"), user.get("password")),
    )


def _credentials(user: Mapping[str, Any], cluster: str) -> Credentials:
    if isinstance(user.get("exec"), dict):
        return Plugin(user["exec"], cluster)
    if user.get("tokenFile"):
        return TokenFile(Path(str(user["tokenFile"])), cluster)
    return Fixed(
        Issued(
            str(user.get("token") or ""),
            _text(user, "client-certificate", cluster).encode(),
            _text(user, "client-key", cluster).encode(),
        )
    )


def _of_secret(cluster: Cluster, config: Mapping[str, Any]) -> Access:
    """https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters"""
    if config.get("awsAuthConfig"):
        raise Unreachable(
            f"{cluster.name}: awsAuthConfig is not supported; use a kubeconfig with the "
            "aws exec plug-in",
            cluster=cluster.name,
        )
    tls = config.get("tlsClientConfig") or {}
    issued = Issued(
        str(config.get("bearerToken") or ""),
        _decoded(tls, "certData", cluster.name).encode(),
        _decoded(tls, "keyData", cluster.name).encode(),
    )
    return Access(
        cluster.server.rstrip("/"),
        Fixed(issued),
        _decoded(tls, "caData", cluster.name),
        insecure=bool(tls.get("insecure")),
        server_name=str(tls.get("serverName") or ""),
        basic=_basic(config.get("username"), config.get("password")),
    )


def _in_cluster(name: str) -> Access:
    host, port = (
        os.environ.get("KUBERNETES_SERVICE_HOST"),
        os.environ.get("KUBERNETES_SERVICE_PORT"),
    )
    if not host:
        raise Unreachable(
            f"{name} is said to be the cluster we run in, but we run in none",
            cluster=name,
        )
    host = f"[{host}]" if ":" in host else host
    authority = SERVICE_ACCOUNT / "ca.crt"
    return Access(
        f"https://{host}:{port or 443}",
        TokenFile(SERVICE_ACCOUNT / "token", name),
        authority.read_text() if authority.is_file() else "",
    )


def _text(section: Mapping[str, Any], key: str, cluster: str) -> str:
    """PEM text from `<key>-data` (base64) or from the file `<key>`."""
    if section.get(f"{key}-data"):
        return _decoded(section, f"{key}-data", cluster)
    if not section.get(key):
        return ""
    file = Path(str(section[key])).expanduser()
    try:
        return file.read_text()
    except OSError as error:
        raise Unreachable(
            f"{cluster}: {file}: {error.strerror}", cluster=cluster
        ) from None


def _decoded(section: Mapping[str, Any], key: str, cluster: str) -> str:
    try:
        return b64decode(str(section.get(key) or "")).decode()
    except ValueError:
        raise Unreachable(
            f"{cluster}: {key} is not base64 of a text", cluster=cluster
        ) from None


def _basic(user: object, password: object) -> str:
    return b64encode(f"{user}:{password or ''}".encode()).decode() if user else ""
