"""Whom we trust on the other side of TLS, and the certificate that we show there."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

from trunkline.edge import tls
from trunkline.edge.cluster.errors import Unreachable


@dataclass(frozen=True, slots=True)
class Trust:
    """`authority` is PEM text of the CAs to trust, "" for the system's; `server_name` is the name
    that the server's certificate is for, "" for that of its address."""

    authority: str = field(default="", repr=False)
    insecure: bool = False
    server_name: str = ""

    def context(self, cluster: str) -> ssl.SSLContext:
        """Raises Unreachable for an authority that is no certificate."""
        try:
            return tls.trusting(self.authority, insecure=self.insecure)
        except tls.NoCertificate:
            raise Unreachable(
                f"{cluster}: its certificate authority is no certificate in PEM: give the text "
                "that starts with BEGIN CERTIFICATE, in certificate-authority-data as base64",
                cluster=cluster,
            ) from None


def show(context: ssl.SSLContext, certificate: bytes, key: bytes, cluster: str) -> None:
    """Let new connections show this client certificate. Raises Unreachable if it cannot be."""
    try:
        tls.show(context, certificate, key)
    except tls.NoCertificate:
        raise Unreachable(
            f"{cluster}: the client certificate and its key are no pair of PEM texts without "
            "a password",
            cluster=cluster,
        ) from None
