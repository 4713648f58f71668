"""Whom a source's TLS trusts, and the client certificate that is shown."""

from __future__ import annotations

import ssl
import tempfile
from functools import lru_cache
from pathlib import Path

from trunkline.core.sources.access import Access
from trunkline.edge.charts.errors import ChartError


@lru_cache(maxsize=256)
def context(access: Access | None, *, shown: bool) -> ssl.SSLContext:
    """`shown`: with the client certificate. Raises ChartError for what is no PEM."""
    authority = (access.authority if access else "") or None
    try:
        made = ssl.create_default_context(cadata=authority)
        if access and access.insecure:
            made.check_hostname = False
            made.verify_mode = ssl.CERT_NONE
        if access and shown:
            _show(made, access)
    except (ssl.SSLError, ValueError):
        named = access.address if access else "the system"
        raise ChartError(
            f"{named}: a certificate or key in the sources file cannot be read",
            remedy="give PEM texts, the key without a password",
        ) from None
    return made


def _show(made: ssl.SSLContext, access: Access) -> None:
    with tempfile.TemporaryDirectory(prefix="trunkline-") as folder:
        # OpenSSL loads a chain from a file only; the folder is ours alone (0700).
        file = Path(folder) / "pair.pem"
        file.touch(0o600)
        file.write_text(f"{access.certificate}\n{access.key}\n")
        made.load_cert_chain(file, password=_nobody_asks)


def _nobody_asks() -> bytes:
    """Without it OpenSSL asks the terminal for the password of a locked key."""
    return b""
