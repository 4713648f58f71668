"""How a cluster is reached: its address, whom we trust there, and who we are."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

from trunkline.edge.cluster.credentials import Credentials, Fixed, Issued
from trunkline.edge.cluster.trust import Trust, show


def _nobody() -> Credentials:
    return Fixed(Issued())


@dataclass(slots=True)
class Access:
    """`basic` is base64 of user and password; `behalf` are headers that name whom we act for.

    `generation` counts the client certificates shown so far. Nothing secret is in the repr.
    """

    server: str
    cluster: str = ""
    credentials: Credentials = field(default_factory=_nobody, repr=False)
    trust: Trust = field(default_factory=Trust)
    proxy: str = field(default="", repr=False)
    basic: str = field(default="", repr=False)
    behalf: tuple[tuple[str, str], ...] = ()
    generation: int = field(default=0, init=False)
    _shown: bytes = field(default=b"", init=False, repr=False)
    _context: ssl.SSLContext | None = field(default=None, init=False, repr=False)

    @property
    def renewable(self) -> bool:
        return self.credentials.renewable

    @property
    def server_name(self) -> str:
        return self.trust.server_name

    def renew(self) -> None:
        """Ask for new credentials before the next request."""
        self.credentials.renew()

    async def headers(self) -> list[tuple[str, str]]:
        """Who we are, as far as a header says it; a new certificate goes into the context."""
        issued = await self.credentials.issued()
        self._show(issued)
        found = list(self.behalf)
        if issued.token:
            found.append(("Authorization", f"Bearer {issued.token}"))
        elif self.basic:
            found.append(("Authorization", f"Basic {self.basic}"))
        return found

    def tls(self) -> ssl.SSLContext:
        """The TLS context of every connection."""
        if self._context is None:
            self._context = self.trust.context(self.cluster or self.server)
        return self._context

    def _show(self, issued: Issued) -> None:
        if issued.certificate and issued.certificate != self._shown:
            # A context of its own: the old one would resume the old certificate's sessions.
            self._context = None
            show(self.tls(), issued.certificate, issued.key, self.cluster or self.server)
            self._shown = issued.certificate
            self.generation += 1
