"""One repository elsewhere: where it lies, as whom it is asked, and what git does with it."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from trunkline.core.sources.access import Access, Keyring
from trunkline.core.sources.address import Address, BadAddress
from trunkline.edge.git.errors import GitError, NotAsked
from trunkline.edge.git.program import Way, run, way_of_stranger, way_to
from trunkline.edge.git.reach import checked_addresses
from trunkline.edge.git.refs import Refs

ASKING, FETCHING = 60.0, 600.0


class Remote(Struct, frozen=True):
    """`path` is the mirror's folder. One for each way of asking: what one user may read, another
    may not.
    """

    address: Address
    access: Access | None
    path: Path
    keyring: Keyring

    @classmethod
    def located(cls, url: str, project: str, keyring: Keyring, folder: Path) -> Remote:
        """Raises GitError for an address that is none, or that may not be asked."""
        try:
            address = Address.parse(url)
        except BadAddress as error:
            raise GitError(str(error)) from None
        if address.scheme == "oci":
            raise GitError(f"{url} is no Git repository")
        access = keyring.access(address, project)
        if access and access.unusable:
            raise NotAsked(f"{address}: {access.unusable}")
        if reason := keyring.refusal(address):
            raise NotAsked(
                f"{address}: {reason}",
                remedy=f"if it is yours, add it to repositories in {keyring.file}",
            )
        key = f"{address.url} {access.known if access else ''}"
        words = re.sub(r"[^\w.-]+", "-", f"{address.host}{address.path}").strip("-.")
        name = f"{words[-60:]}-{hashlib.sha256(key.encode()).hexdigest()[:12]}.git"
        return cls(address, keyring.trusting(address, access), folder / name, keyring)

    async def refs(self) -> Refs:
        """The refs that it shows now. Raises GitError."""
        try:
            return await self._refs()
        except GitError as error:
            # Some hosts serve a repository at `….git` alone and redirect to it.
            if self.address.scheme != "https" or "redirects" not in str(error):
                raise
            address = replace(self.address, path=f"{self.address.path}.git")
            return await replace(self, address=address)._refs()

    async def _refs(self) -> Refs:
        arguments = ("ls-remote", "--quiet", "--", self.address.url)
        return Refs.read(await self._run(*arguments, seconds=ASKING))

    async def fetch(self, *refs: str, options: tuple[str, ...] = ()) -> None:
        """Bring refs into the mirror. Raises GitError."""
        fixed = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        into = ("-C", str(self.path), "fetch", *fixed, *options)
        await self._run(*into, "--", self.address.url, *refs, seconds=FETCHING)

    async def _run(self, *arguments: str, seconds: float) -> bytes:
        with self._way(await checked_addresses(self.address, self.keyring)) as way:
            return await run(*arguments, way=way, seconds=seconds, shown=str(self.address))

    @contextlib.contextmanager
    def _way(self, addresses: str) -> Iterator[Way]:
        """With the IP addresses that were looked at, so that no other is connected to."""
        keyring, base = self.keyring, f"{self.address.scheme}://{self.address.place}/"
        asked = way_to(self.access, base, keyring.known_hosts, keyring.file)
        with way_of_stranger() if keyring.stranger else asked as way:
            pinned = {"http.curloptResolve": addresses} if addresses else {}
            yield dataclasses.replace(way, settings={**way.settings, **pinned})
