"""An OCI registry: tags, manifests, blobs, and the token that it wants for them.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import orjson
from msgspec import Struct
from yarl import URL

from trunkline.core.semver import NotAVersion, is_exact, newest
from trunkline.core.sources.access import Access
from trunkline.core.sources.address import Address
from trunkline.core.sources.chart import Found, Wanted
from trunkline.core.sources.oci import (
    MANIFESTS,
    BadArtifact,
    Challenge,
    Layer,
    challenge_of,
    is_digest,
    is_tag,
    layer_of,
    tag_of,
    tags_of,
    version_of,
)
from trunkline.edge.charts.answers import good
from trunkline.edge.charts.errors import ChartError
from trunkline.edge.charts.shelf import Shelf, sha256
from trunkline.edge.charts.ticket import Ticket
from trunkline.edge.charts.web import Answer, Web, origin_of, shown

PAGES = 100
PAGE = 1000


class Registry(Struct):
    """One artifact's repository in a registry, for one user of it."""

    web: Web
    shelf: Shelf
    address: Address
    access: Access | None
    tokens: dict[tuple[str, ...], str]

    async def version(self, wanted: Wanted) -> str:
        """The reference that is meant: a digest, a tag, or the newest that a constraint allows.

        Raises ChartError.
        """
        text = wanted.version
        if is_digest(text) or is_exact(text):
            return text
        try:
            found = newest(text, map(version_of, await self._tags(wanted, again=False)))
            if found is None:
                found = newest(text, map(version_of, await self._tags(wanted, again=True)))
        except NotAVersion:
            return text
        if found is None:
            raise ChartError(f"{wanted}: none of its tags is such a version")
        return found

    async def archive(self, wanted: Wanted, version: str) -> Found:
        """The archive behind a reference, checked by its digests. Raises ChartError."""
        reference = version if is_digest(version) else tag_of(version)
        if not is_digest(reference) and not is_tag(reference):
            raise ChartError(f"{wanted}: {version} is no tag, no digest and no constraint")
        layer = await self._layer(wanted, reference)
        data = self.shelf.blob(layer.digest)
        if data is None:
            data = await self._blob(wanted, layer)
        return Found(wanted.name, version, layer.digest, data)

    async def _layer(self, wanted: Wanted, reference: str) -> Layer:
        answer = await self._get(
            f"manifests/{reference}",
            largest=self.web.limits.answer,
            headers={"Accept": ", ".join(MANIFESTS)},
            missing=f"no {reference} is there (404)",
        )
        if is_digest(reference) and reference != f"sha256:{sha256(answer.body)}":
            raise ChartError(f"{wanted}: its manifest has another digest than {reference}")
        try:
            return layer_of(answer.body)
        except BadArtifact as error:
            raise ChartError(f"{wanted}: {error}") from None

    async def _blob(self, wanted: Wanted, layer: Layer) -> bytes:
        limit = self.web.limits.archive
        if layer.size > limit:
            raise ChartError(f"{wanted}: its archive is larger than {limit // 2**20} MiB")
        answer = await self._get(f"blobs/sha256:{layer.digest}", largest=limit)
        if sha256(answer.body) != layer.digest:
            raise ChartError(
                f"{wanted}: its archive has another digest than its manifest says",
                remedy="something between here and the registry changes it, or it is broken",
            )
        self.shelf.keep_blob(answer.body)
        return answer.body

    async def _tags(self, wanted: Wanted, *, again: bool) -> list[str]:
        """Every tag; a list that was read a short while ago is believed."""
        key = (self.address.url, self.access.known if self.access else "")
        fact = self.shelf.fact("tags", *key)
        if fact and not again and fact.age < self.web.limits.refresh:
            return [str(one) for one in fact.value]
        found: list[str] = []
        path = f"tags/list?n={PAGE}"
        for _ in range(PAGES):
            answer = await self._get(path, largest=self.web.limits.answer)
            try:
                found += tags_of(answer.body)
            except BadArtifact as error:
                raise ChartError(f"{wanted}: {error}") from None
            path = self._next(answer)
            if not path:
                break
        self.shelf.note(found, "tags", *key)
        return found

    def _next(self, answer: Answer) -> str:
        """The next page (RFC 5988), which is asked for at this registry whoever it names."""
        link = answer.headers.get("Link", "")
        if 'rel="next"' not in link and "rel=next" not in link:
            return ""
        target = answer.url.join(URL(link.partition("<")[2].partition(">")[0]))
        return f"tags/list?{target.raw_query_string}" if target.raw_query_string else ""

    async def _get(
        self,
        path: str,
        *,
        largest: int,
        headers: Mapping[str, str] | None = None,
        missing: str = "",
    ) -> Answer:
        """A good answer, with a token if one is wanted. Raises ChartError."""
        url = URL(f"{self._base}{self.address.path}/{path}", encoded=True)
        ticket = self._ticket(self.tokens.get(self._session, ""))
        answer = await self.web.get(url, ticket, largest=largest, headers=headers)
        if answer.status == 401 and origin_of(answer.url) == ticket.home:
            challenge = challenge_of(answer.headers.get("WWW-Authenticate", ""))
            if challenge:
                ticket = self._ticket(await self._met(challenge))
                answer = await self.web.get(url, ticket, largest=largest, headers=headers)
        return good(answer, ticket, self.web.keyring.file, missing=missing)

    async def _met(self, challenge: Challenge) -> str:
        """What to send as Authorization. Raises ChartError."""
        own = self.access.authorization if self.access else ""
        if challenge.scheme == "basic":
            header = own
        else:
            header = f"Bearer {await self._token(challenge, own)}"
        if header:
            self.tokens[self._session] = header
        return header

    async def _token(self, challenge: Challenge, own: str) -> str:
        """https://distribution.github.io/distribution/spec/auth/token/"""
        realm = URL(challenge.realm)
        if realm.scheme != "https" and not self._plain:
            raise ChartError(f"{self.address.host} sends for tokens to {shown(realm)}, no https")
        scope = challenge.scope or f"repository:{self.address.path.strip('/')}:pull"
        asked = {key: one for key, one in (("service", challenge.service), ("scope", scope)) if one}
        ticket = replace(self._ticket(own), home=origin_of(realm))
        answer = await self.web.get(
            realm.update_query(asked), ticket, largest=self.web.limits.answer
        )
        try:
            value = orjson.loads(good(answer, ticket, self.web.keyring.file).body)
            return str(value.get("token") or value["access_token"])
        except (orjson.JSONDecodeError, KeyError, AttributeError):
            raise ChartError(f"{shown(realm)} gives no token") from None

    def _ticket(self, header: str) -> Ticket:
        scheme, host, port = origin_of(URL(self._base))
        return Ticket((scheme, host, port), header, access=self.access)

    @property
    def _plain(self) -> bool:
        return bool(self.access and self.access.plain_http)

    @property
    def _base(self) -> str:
        return f"{'http' if self._plain else 'https'}://{self.address.place}/v2"

    @property
    def _session(self) -> tuple[str, ...]:
        return (self.address.url, self.access.known if self.access else "")
