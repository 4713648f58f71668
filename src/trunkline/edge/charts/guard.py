"""Names are resolved here, so that what is connected to is what was looked at.

A name that leads to a private address is refused when it is resolved for the connection itself:
one that is asked twice and answers differently (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit
from urllib.request import getproxies

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from trunkline.core.sources.access import Keyring
from trunkline.core.sources.address import Address
from trunkline.core.sources.network import refusal


class Refused(OSError):
    """A host that leads to an address that is not asked."""


class GuardedResolver(AbstractResolver):
    """Resolves as the system does, and leaves out what must not be asked."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._system = ThreadedResolver()
        # The proxy of the environment is this machine's own word.
        self._proxies = {urlsplit(one).hostname for one in getproxies().values()}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._system.resolve(host, port, family)
        if host in self._proxies:
            return found
        listed = is_listed(self._keyring, host, port)
        reasons = {one["host"]: refusal(one["host"], listed=listed) for one in found}
        allowed = [one for one in found if not reasons[one["host"]]]
        if found and not allowed:
            address, reason = next(iter(reasons.items()))
            raise Refused(f"{host} leads to {address}: {reason}")
        return allowed

    async def close(self) -> None:
        await self._system.close()


def check_literal(url: URL, keyring: Keyring) -> None:
    """Raises Refused for a URL with an IP address that must not be asked: it meets no resolver."""
    host = url.host or ""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return
    if reason := refusal(host, listed=is_listed(keyring, host, url.port or 0)):
        raise Refused(f"{host}: {reason}")


def is_listed(keyring: Keyring, host: str, port: int) -> bool:
    return any(
        keyring.lists(Address(scheme, host, 0 if port == usual else port))
        for scheme, usual in (("https", 443), ("http", 80))
    )
