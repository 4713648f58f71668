"""Why a server gave no answer, said so that one knows where to look.

The kinds of failure are aiohttp's: https://docs.aiohttp.org/en/stable/client_reference.html
"""

from __future__ import annotations

import ssl

import aiohttp

from trunkline.edge.cluster.errors import Unreachable
from trunkline.edge.cluster.limits import ClientLimits


def unreachable(
    error: BaseException, cluster: str, server: str, limits: ClientLimits
) -> Unreachable:
    """The failure of a connection as an error of ours."""
    why = _why(error, limits)
    if isinstance(error, aiohttp.ServerDisconnectedError):
        # TLS 1.3 lets a server refuse a client certificate only after the handshake, by this.
        other = "our client certificate" if server.startswith("https:") else "http (try https)"
        why = f"it closed the connection without an answer: it restarts, or refuses {other}"
    return Unreachable(f"{cluster} ({server}): {why}", cluster=cluster)


def broke_midway(error: BaseException) -> bool:
    """Whether a connection that stood went away: then another try may well succeed."""
    if isinstance(error, aiohttp.ClientConnectorError | ssl.SSLError):
        return False
    return isinstance(
        error,
        aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError | aiohttp.ClientOSError,
    )


def _why(error: BaseException, limits: ClientLimits) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return _untrusted(error.certificate_error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _untrusted(error)
    if isinstance(error, aiohttp.ClientProxyConnectionError | aiohttp.ClientHttpProxyError):
        return "the proxy on the way to it refuses: check proxy-url and $HTTPS_PROXY"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name is not known: check the server's address, and DNS or VPN"
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError) or "SSL" in str(error):
        return _tls(str(error))
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return f"no connection within {limits.connect_timeout:g} s: is it up, is a VPN missing?"
    if isinstance(error, TimeoutError):
        return f"no answer within {limits.timeout:g} s"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"no connection ({error.strerror}): is it running, is the address right?"
    if isinstance(error, aiohttp.InvalidURL):
        return "this is no http or https address: correct the server's address"
    return f"the connection broke ({type(error).__name__})"


def _untrusted(error: Exception) -> str:
    why = getattr(error, "verify_message", "") or str(error)
    if "mismatch" in why or "not valid for" in why:
        hint = "set tls-server-name (in a cluster Secret: serverName) to a name it is made for"
    elif "expired" in why or "not yet valid" in why:
        hint = "renew it on the server, or set this machine's clock"
    else:
        hint = "give its CA by certificate-authority-data (in a cluster Secret: caData)"
    return f"its certificate is not trusted ({why}): {hint}"


def _tls(why: str) -> str:
    if "WRONG_VERSION" in why or "RECORD_LAYER" in why or "HTTP_REQUEST" in why:
        return "no TLS is spoken there: check the port, and http against https"
    if "ALERT" in why or "alert" in why:
        return "it does not accept our side of TLS: check the client certificate and its key"
    return "TLS failed: check the port and the certificates"
