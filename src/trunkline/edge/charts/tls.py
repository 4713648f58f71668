"""Whom a source's TLS trusts, and the client certificate that is shown."""

from __future__ import annotations

import ssl
from functools import lru_cache

from trunkline.core.sources.access import Access
from trunkline.edge import tls
from trunkline.edge.charts.errors import ChartError


@lru_cache(maxsize=256)
def context(access: Access | None, *, shown: bool) -> ssl.SSLContext:
    """`shown`: with the client certificate. Raises ChartError for what is no PEM."""
    if access is None:
        return tls.trusting("")
    try:
        made = tls.trusting(access.authority, insecure=access.insecure)
        if shown:
            tls.show(made, access.certificate.encode(), access.key.encode())
    except tls.NoCertificate:
        raise ChartError(
            f"{access.address}: a certificate or key in the sources file cannot be read",
            remedy="give PEM texts, the key without a password",
        ) from None
    return made
