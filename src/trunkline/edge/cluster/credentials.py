"""Who we are to a server: what is given once, and a token that somebody else keeps fresh."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from trunkline.edge.cluster.errors import Unreachable

# A credential is renewed this long before it ends, and a file read again after this; in seconds.
EARLY = 30.0


@dataclass(frozen=True, slots=True)
class Issued:
    """A token, or a client certificate with its key as PEM, until a Unix time."""

    token: str = field(default="", repr=False)
    certificate: bytes = field(default=b"", repr=False)
    key: bytes = field(default=b"", repr=False)
    until: float = float("inf")


class Credentials(Protocol):
    """A source of credentials. `renewable` ones may be better after `renew`."""

    renewable: bool

    async def issued(self) -> Issued:
        """What counts now. Raises Unreachable where there is nothing to be had."""
        ...

    def renew(self) -> None:
        """Forget what was issued: the server refused it."""
        ...


class Fixed:
    """Credentials that stay as they are."""

    renewable = False

    def __init__(self, issued: Issued) -> None:
        self._issued = issued

    async def issued(self) -> Issued:
        return self._issued

    def renew(self) -> None:
        """Nothing renews them."""


class TokenFile:
    """A token in a file that is written anew from time to time, as the kubelet does."""

    renewable = True

    def __init__(self, path: Path, cluster: str, beside: Issued | None = None) -> None:
        """`beside` is a certificate that goes with the token."""
        self._path = path
        self._cluster = cluster
        self._beside = beside or Issued()
        self._token = ""
        self._until = 0.0

    async def issued(self) -> Issued:
        if time.time() >= self._until:
            self._token = self._read()
            self._until = time.time() + EARLY
        return replace(self._beside, token=self._token)

    def renew(self) -> None:
        self._until = 0.0

    def _read(self) -> str:
        try:
            return self._path.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            raise Unreachable(
                f"{self._cluster}: the token file {self._path} cannot be read: {why}",
                cluster=self._cluster,
            ) from None
