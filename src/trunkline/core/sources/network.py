"""Which addresses of the network may be asked for what a commit names.

A pull request can name any host, and a name can lead anywhere. What hands out this machine's own
credentials is never asked; private networks are asked only for hosts that the machine's own file
lists.
"""

from __future__ import annotations

import ipaddress

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address

# Where clouds answer with a machine's credentials, beside the link-local 169.254.169.254.
METADATA = tuple(
    ipaddress.ip_network(one)
    for one in ("100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::/32")
)
NEVER = "never asked"
"""How a reason ends that no list changes."""

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


def refusal(text: str, *, listed: bool) -> str:
    """Why this IP address may not be asked, "" if it may. `listed`: the machine names its host."""
    address = _meant(ipaddress.ip_address(text.partition("%")[0]))
    if address.is_link_local or any(address in one for one in METADATA):
        return f"it is link-local, or serves a cloud's metadata: {NEVER}"
    if address.is_multicast or address.is_unspecified:
        return f"it is no address of one machine: {NEVER}"
    if not (address.is_global or listed):
        return "it is private, and its host is not listed"
    return ""


def _meant(address: Ip) -> Ip:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
