"""The door to charts that lie elsewhere: asked by repository, name and version.

A version that names one, once fetched, is never asked for again: a pin says which archive it is,
and the archive lies on the shelf under its digest.
"""

from __future__ import annotations

import asyncio
import posixpath
from collections import defaultdict
from pathlib import Path

from msgspec.structs import replace
from yarl import URL

from trunkline.core.semver import is_exact
from trunkline.core.sources.access import Access, Keyring
from trunkline.core.sources.address import Address, BadAddress
from trunkline.core.sources.chart import Found, Wanted
from trunkline.core.sources.oci import is_digest
from trunkline.edge.charts.errors import ChartError
from trunkline.edge.charts.limits import MIB, FetchLimits
from trunkline.edge.charts.registry import Registry
from trunkline.edge.charts.repository import HttpRepository
from trunkline.edge.charts.shelf import Shelf
from trunkline.edge.charts.ticket import Ticket, ticket_for
from trunkline.edge.charts.web import Web, origin_of, shown

LARGEST_FILE = 16 * MIB


class Charts:
    """One per process is enough; close it at the end."""

    def __init__(
        self, keyring: Keyring, folder: Path, *, limits: FetchLimits | None = None
    ) -> None:
        self._keyring = keyring
        self._web = Web(keyring, limits or FetchLimits())
        self._shelf = Shelf(folder / "charts")
        self._repositories: dict[tuple[Address, Access | None, bool], HttpRepository] = {}
        self._tokens: dict[tuple[str, ...], str] = {}
        self._turns: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def found(self, wanted: Wanted) -> Found:
        """The archive that is wanted. Raises ChartError."""
        address, access = self._place(wanted)
        key = (address.url, access.known if access else "", wanted.name, wanted.version)
        # One at a time of each chart: the second finds what the first has laid on the shelf.
        async with self._turns[address.url, wanted.name]:
            if pinned := self._pinned(key, wanted):
                return pinned
            try:
                return await self._fetched(address, access, wanted, key)
            except ChartError as error:
                said = str(error)
                told = said if said.startswith(str(wanted)) else f"{wanted}: {said}"
                raise ChartError(told, remedy=error.remedy) from error

    async def _fetched(
        self, address: Address, access: Access | None, wanted: Wanted, key: tuple[str, ...]
    ) -> Found:
        if address.scheme == "oci":
            got = await self._of_registry(address, access, wanted)
        elif address.scheme in ("https", "http"):
            got = await self._of_repository(address, access, wanted)
        else:
            raise ChartError(f"{wanted}: charts are not fetched over {address.scheme}")
        self._shelf.note([got.digest, got.version], "pins", *key[:3], got.version)
        return got

    async def file(self, url: str) -> bytes:
        """A file by its address, asked for as anybody would. Raises ChartError."""
        try:
            place = URL(url)
        except ValueError as error:
            raise ChartError(f"an address is none: {error}") from None
        if place.user or place.password:
            raise ChartError(
                f"{shown(place)}: its address carries a password",
                remedy="whoever reads the file that names it has it too: take another way",
            )
        answer = await self._web.get(place, Ticket(origin_of(place)), largest=LARGEST_FILE)
        if answer.status != 200:
            raise ChartError(f"{shown(place)}: the server answered {answer.status}")
        return answer.body

    def forget(self) -> None:
        """Indexes that were read are looked at again: a new round begins."""
        self._repositories.clear()

    async def close(self) -> None:
        await self._web.close()

    def _pinned(self, key: tuple[str, ...], wanted: Wanted) -> Found | None:
        if not (is_exact(wanted.version) or is_digest(wanted.version)):
            return None
        fact = self._shelf.fact("pins", *key)
        data = self._shelf.blob(fact.value[0]) if fact else None
        if fact is None or data is None:
            return None
        return Found(wanted.name, fact.value[1], fact.value[0], data)

    async def _of_repository(
        self, address: Address, access: Access | None, wanted: Wanted
    ) -> Found:
        key = (address, access, wanted.pass_credentials)
        if key not in self._repositories:
            ticket = ticket_for(address, access, pass_credentials=wanted.pass_credentials)
            self._repositories[key] = HttpRepository(self._web, self._shelf, address, ticket)
        repository = self._repositories[key]
        release, url = await repository.located(wanted)
        if url.scheme == "oci":
            return await self._of_index(url, wanted, release.version)
        return await repository.archive(wanted, release, url)

    async def _of_index(self, url: URL, wanted: Wanted, version: str) -> Found:
        """An index may name an artifact of a registry: `oci://host/path:tag`."""
        place, _, tag = str(url).rpartition(":")
        try:
            address = Address.parse(place if tag and "/" not in tag else str(url))
        except BadAddress as error:
            raise ChartError(f"{wanted}: {error}") from None
        access = self._access(address, wanted.project)
        registry = Registry(self._web, self._shelf, address, access, self._tokens)
        return await registry.archive(wanted, version)

    async def _of_registry(self, address: Address, access: Access | None, wanted: Wanted) -> Found:
        registry = Registry(self._web, self._shelf, address, access, self._tokens)
        return await registry.archive(wanted, await registry.version(wanted))

    def _place(self, wanted: Wanted) -> tuple[Address, Access | None]:
        """Where the chart lies, its name in a registry included. Raises ChartError."""
        text = wanted.repository
        try:
            if name := _alias(text):
                named = self._keyring.named(name)
                if named is None:
                    raise ChartError(
                        f"{wanted}: no repository is called {name}",
                        remedy=f"add it with name: {name} to repositories in {self._keyring.file}",
                    )
                address = named.address
            else:
                address = Address.parse(text, oci=True)
            if address.scheme == "oci" and wanted.name:
                address = Address.parse(f"{address.url}/{wanted.name}")
        except BadAddress as error:
            raise ChartError(f"{wanted}: {error}") from None
        return address, self._access(address, wanted.project)

    def _access(self, address: Address, project: str) -> Access | None:
        """A registry's entry without the chart's name in it counts for each chart of it."""
        found = self._keyring.access(address, project)
        if not found and address.scheme == "oci":
            whole = replace(address, path=posixpath.dirname(address.path))
            found = self._keyring.access(whole, project)
        if found and found.unusable:
            raise ChartError(f"{address}: {found.unusable}")
        return found


def _alias(repository: str) -> str:
    """https://helm.sh/docs/helm/helm_dependency/: `@name` and `alias:name`."""
    if repository.startswith("@"):
        return repository[1:]
    return repository.removeprefix("alias:") if repository.startswith("alias:") else ""
