"""The client's side of TLS: whom it trusts, and the certificate that it shows.

No edge of its own but the ground under those that speak HTTP. Each tells in its own words what is
wrong with a certificate.
"""

from __future__ import annotations

import ssl

from trunkline.edge.fleeting import fleeting


class NoCertificate(ValueError):
    """What should be a certificate or a key in PEM is none, or is locked by a password."""


def trusting(authority: str, *, insecure: bool = False) -> ssl.SSLContext:
    """Trust in the authorities of this PEM text, in the system's for "". Raises NoCertificate."""
    try:
        context = ssl.create_default_context(cadata=authority or None)
    except (ssl.SSLError, ValueError) as error:
        raise NoCertificate(str(error)) from None
    # Python 3.13 sets it by default, and many an own CA lacks what RFC 5280 asks for.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def show(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """Let new connections show this client certificate. Raises NoCertificate."""
    with fleeting("tls") as folder:
        # OpenSSL loads a chain from a file only.
        file = folder / "pair.pem"
        file.touch(0o600)
        file.write_bytes(certificate + b"\n" + key)
        try:
            context.load_cert_chain(file, password=_nobody_asks)
        except (ssl.SSLError, ValueError) as error:
            raise NoCertificate(str(error)) from None


def _nobody_asks() -> bytes:
    """Without it OpenSSL asks the terminal for the password of a locked key."""
    return b""
