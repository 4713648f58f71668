"""Whom a credential is shown to: the origin it belongs to, and others only where that is said."""

from __future__ import annotations

from dataclasses import dataclass, field

from trunkline.core.sources.access import Access
from trunkline.core.sources.address import Address

Origin = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Ticket:
    """`authorization` is the header's value, "" for none. `beyond`: other hosts get it too, but
    never over plain HTTP where the repository itself speaks TLS.
    """

    home: Origin
    authorization: str = field(default="", repr=False)
    beyond: bool = False
    access: Access | None = None

    def header_for(self, origin: Origin) -> str:
        if origin == self.home:
            return self.authorization
        safe = origin[0] == "https" or self.home[0] == "http"
        return self.authorization if self.beyond and safe else ""

    def shows_certificate(self, origin: Origin) -> bool:
        return bool(self.access and self.access.certificate) and bool(
            origin == self.home or self.beyond
        )


def ticket_for(address: Address, access: Access | None, *, pass_credentials: bool) -> Ticket:
    """The ticket to a chart repository at this address."""
    if access is None:
        return Ticket(address.origin)
    beyond = access.passes_on(pass_credentials)
    return Ticket(address.origin, access.authorization, beyond, access)
