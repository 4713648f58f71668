"""Whom we trust on the other side of TLS, and the certificate that we show there."""

from __future__ import annotations

import ssl
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

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
            context = ssl.create_default_context(cadata=self.authority or None)
        except (ssl.SSLError, ValueError):
            raise Unreachable(
                f"{cluster}: its certificate authority is no certificate in PEM: give the text "
                "that starts with BEGIN CERTIFICATE, in certificate-authority-data as base64",
                cluster=cluster,
            ) from None
        # Python 3.13 sets it by default, and many clusters' own CAs lack what RFC 5280 asks for.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def show(context: ssl.SSLContext, certificate: bytes, key: bytes, cluster: str) -> None:
    """Let new connections show this client certificate. Raises Unreachable if it cannot be."""
    with tempfile.TemporaryDirectory(prefix="trunkline-") as folder:
        # OpenSSL loads a chain from a file only; the folder is ours alone (0700).
        file = Path(folder) / "pair.pem"
        file.touch(0o600)
        file.write_bytes(certificate + b"\n" + key)
        try:
            context.load_cert_chain(file, password=_nobody_asks)
        except (ssl.SSLError, ValueError):
            raise Unreachable(
                f"{cluster}: the client certificate and its key are no pair of PEM texts without "
                "a password",
                cluster=cluster,
            ) from None


def _nobody_asks() -> bytes:
    """Without it OpenSSL asks the terminal for the password of a locked key."""
    return b""
