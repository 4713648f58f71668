"""Where a repository's host leads, looked at before git goes there."""

from __future__ import annotations

import asyncio
import socket

from trunkline.core.sources.access import Keyring
from trunkline.core.sources.address import Address
from trunkline.core.sources.network import NEVER, refusal
from trunkline.edge.git.errors import GitError, NotAsked

PATIENCE = 10.0


async def checked_addresses(address: Address, keyring: Keyring) -> str:
    """The IP addresses that git may use, as its `http.curloptResolve`; "" where it finds them.

    Raises GitError for a host that leads only to what must not be asked. A name that ssh alone
    knows is an alias of this machine's own ssh_config; behind a proxy names are the proxy's.
    """
    if address.scheme == "file":
        return ""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            address.host, address.used_port, type=socket.SOCK_STREAM
        )
    except OSError:
        if address.scheme == "ssh" or _has_proxy():
            return ""
        raise GitError(
            f"{address}: no host of this name is found", remedy="look whether the address is right"
        ) from None
    listed = keyring.lists(address)
    texts = dict.fromkeys(str(one[4][0]) for one in found)
    reasons = {text: refusal(text, listed=listed) for text in texts}
    allowed = [text for text, reason in reasons.items() if not reason]
    if not allowed:
        text, reason = next(iter(reasons.items()))
        leads = "" if text == address.host else f"{address.host} leads to {text}: "
        raise NotAsked(
            f"{address}: {leads}{reason}",
            remedy=""
            if reason.endswith(NEVER)
            else f"if it is yours, add {address.place} to hosts in {keyring.file}",
        )
    if address.scheme == "ssh" or ":" in address.host:
        return ""  # ssh has a time limit of its own for this.
    await _answering(address, allowed)
    written = ",".join(f"[{one}]" if ":" in one else one for one in allowed)
    return f"{address.host}:{address.used_port}:{written}"


def _has_proxy() -> bool:
    # Loaded here: it brings a client of HTTP, and most commands ask no other repository.
    from urllib.request import getproxies

    return bool(getproxies())


async def _answering(address: Address, allowed: list[str]) -> None:
    """Raises GitError where nobody takes a connection: git itself would wait for minutes."""
    if _has_proxy():
        return
    reason = "it does not answer"
    for text in allowed:
        try:
            async with asyncio.timeout(PATIENCE):
                _, writer = await asyncio.open_connection(text, address.used_port)
        except OSError as error:
            reason = error.strerror or reason
        else:
            writer.close()
            return
    raise GitError(f"{address}: it cannot be reached: {reason}", remedy="look whether it is up")
