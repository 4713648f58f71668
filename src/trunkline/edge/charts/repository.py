"""A chart repository over HTTP: an index, and archives that it names.

https://helm.sh/docs/topics/chart_repository/
"""

from __future__ import annotations

import asyncio

from msgspec import Struct
from yarl import URL

from trunkline.core.semver import NotAVersion, newest
from trunkline.core.sources.address import Address
from trunkline.core.sources.chart import Found, Wanted
from trunkline.core.sources.index import BadIndex, Release, releases
from trunkline.edge.charts.answers import good
from trunkline.edge.charts.errors import ChartError
from trunkline.edge.charts.shelf import Shelf, sha256
from trunkline.edge.charts.ticket import Ticket
from trunkline.edge.charts.web import Web


class Index(Struct, frozen=True):
    """`fresh`: it was read just now. `digest` is the SHA-256 of the text."""

    digest: str
    fresh: bool


class HttpRepository:
    """One repository. The index on the shelf is believed for a while, and re-read by its tag."""

    def __init__(self, web: Web, shelf: Shelf, address: Address, ticket: Ticket) -> None:
        self._web = web
        self._shelf = shelf
        self._address = address
        self._ticket = ticket
        self._key = (address.url, ticket.access.known if ticket.access else "")
        self._reading = asyncio.Lock()
        self._read = False

    async def located(self, wanted: Wanted) -> tuple[Release, URL]:
        """The release that is meant, and where its archive lies. Raises ChartError."""
        async with self._reading:
            index = await self._index(again=False)
            found = await self._release(index, wanted)
            if found is None and not index.fresh:
                found = await self._release(await self._index(again=True), wanted)
        if found is None:
            raise self._missing(wanted)
        if not found.urls:
            raise ChartError(f"{wanted}: its index names no archive of version {found.version}")
        base = URL(f"{self._address.url}/")
        try:
            return found, base.join(URL(found.urls[0]))
        except ValueError:
            raise ChartError(f"{wanted}: its index names {found.urls[0][:200]!r}, no URL") from None

    async def archive(self, wanted: Wanted, release: Release, url: URL) -> Found:
        """The archive of a release, checked by the index's digest. Raises ChartError."""
        if release.digest and (data := self._shelf.blob(release.digest)) is not None:
            return Found(wanted.name, release.version, release.digest, data)
        limits = self._web.limits
        answer = await self._web.get(url, self._ticket, largest=limits.archive)
        data = good(answer, self._ticket, self._web.keyring.file).body
        digest = sha256(data)
        if release.digest and release.digest != digest:
            raise ChartError(
                f"{wanted}: the archive {answer.shown} has another digest than the index says: "
                f"sha256:{digest[:12]}… instead of sha256:{release.digest[:12]}…",
                remedy="it was changed after it was published: ask the owner of the repository",
            )
        self._shelf.keep_blob(data)
        return Found(wanted.name, release.version, digest, data)

    async def _release(self, index: Index, wanted: Wanted) -> Release | None:
        known = await self._releases(index, wanted)
        try:
            version = newest(wanted.version, (one.version for one in known))
        except NotAVersion as error:
            raise ChartError(f"{wanted}: {error}") from None
        return next((one for one in known if one.version == version), None)

    async def _releases(self, index: Index, wanted: Wanted) -> list[Release]:
        """The chart's releases; what was taken out of this very index before is remembered."""
        fact = self._shelf.fact("releases", index.digest, wanted.name)
        if fact is not None:
            return [Release(version, tuple(urls), digest) for version, urls, digest in fact.value]
        text = self._shelf.text(*self._key)
        if text is None or sha256(text) != index.digest:
            text = await self._fetched({})
        try:
            found = await asyncio.to_thread(releases, text, wanted.name)
        except BadIndex as error:
            raise ChartError(f"{self._address}/index.yaml: {error}") from None
        rows = [[one.version, one.urls, one.digest] for one in found]
        self._shelf.note(rows, "releases", sha256(text), wanted.name)
        return list(found)

    async def _index(self, *, again: bool) -> Index:
        """What is on the shelf while it is believed, else what the server has now."""
        fact = self._shelf.fact("indexes", *self._key)
        known = fact.value if fact else {}
        if fact and not again and (self._read or fact.age < self._web.limits.refresh):
            return Index(known["digest"], self._read)
        headers = {}
        if known.get("etag"):
            headers["If-None-Match"] = known["etag"]
        elif known.get("modified"):
            headers["If-Modified-Since"] = known["modified"]
        if known and self._shelf.text(*self._key) is None:
            headers = {}
        text = await self._fetched(headers)
        self._read = True
        return Index(sha256(text), fresh=True)

    async def _fetched(self, headers: dict[str, str]) -> bytes:
        """The text of the index, noted on the shelf. Raises ChartError."""
        url = URL(f"{self._address.url}/index.yaml")
        answer = await self._web.get(
            url, self._ticket, largest=self._web.limits.index, headers=headers
        )
        known = self._shelf.text(*self._key) if answer.status == 304 else None
        if known is not None:
            fact = self._shelf.fact("indexes", *self._key)
            self._shelf.note(
                fact.value if fact else {"digest": sha256(known)}, "indexes", *self._key
            )
            return known
        missing = "no index.yaml is there (404): it is no chart repository"
        text = good(answer, self._ticket, self._web.keyring.file, missing=missing).body
        said = {
            "digest": sha256(text),
            "etag": answer.headers.get("ETag", ""),
            "modified": answer.headers.get("Last-Modified", ""),
        }
        self._shelf.keep_text(text, *self._key)
        self._shelf.note(said, "indexes", *self._key)
        return text

    def _missing(self, wanted: Wanted) -> ChartError:
        return ChartError(
            f"{wanted}: no such version is in its index",
            remedy=f"helm search repo {wanted.name} --versions lists those that are",
        )
