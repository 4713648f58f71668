"""Chart repositories and registries over real HTTP on loopback, small and countable.

They follow https://helm.sh/docs/topics/chart_repository/ and the distribution specification; a
test lists what was asked of them in `asked`, and may change their answers.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tarfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from trunkline.core.sources.oci import CHART_LAYER
from trunkline.core.yaml import dump

MAP = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}-{{ .Chart.Name }}"}
data: {version: "{{ .Chart.Version }}", size: "{{ .Values.size }}"}
"""
USER, PASSWORD = "reader", "hunter2-secret"


def chart(name: str, version: str = "1.0.0", files: Mapping[str, str] | None = None) -> bytes:
    """The archive of a chart, as `helm package` makes it."""
    whole = {
        "Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: {version}\n",
        "values.yaml": "size: small\n",
        "templates/map.yaml": MAP,
        **(files or {}),
    }
    return packed({f"{name}/{path}": text.encode() for path, text in whole.items()})


def packed(files: Mapping[str, bytes], *extra: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, data in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        for member in extra:
            archive.addfile(member)
    return gzip.compress(buffer.getvalue(), mtime=0)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass(slots=True)
class Server:
    """`asked` are the paths that were asked for, `credentials` what each request showed."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    credentials: list[str] = field(default_factory=list)
    locked: bool = False

    @property
    def place(self) -> str:
        return self.url.partition("://")[2]

    @asynccontextmanager
    async def running(self, *, ssl: Any = None) -> AsyncIterator[None]:
        app = web.Application(client_max_size=2**28)
        app.router.add_route("*", "/{path:.*}", self._noted)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=ssl)
        await site.start()
        port = runner.addresses[0][1]
        self.url = f"{'https' if ssl else 'http'}://127.0.0.1:{port}"
        try:
            yield
        finally:
            await runner.cleanup()

    async def _noted(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        self.credentials.append(request.headers.get("Authorization", ""))
        return await self.answer(request)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        raise NotImplementedError

    def opened(self, request: web.Request) -> bool:
        return not self.locked or request.headers.get("Authorization") == basic()


def basic(user: str = USER, password: str = PASSWORD) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


Special = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class ChartServer(Server):
    """`releases` are rows of the index by chart; `files` what lies at paths; `special` answers."""

    releases: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    special: dict[str, Special] = field(default_factory=dict)
    index: bytes | None = None

    def publish(
        self, name: str, version: str = "1.0.0", data: bytes | None = None, **changes: Any
    ) -> bytes:
        """A version in the index; `changes` are to its row."""
        data = data if data is not None else chart(name, version)
        path = f"charts/{name}-{version}.tgz"
        self.files[f"/{path}"] = data
        row = {"name": name, "version": version, "urls": [path], "digest": sha256(data)}
        self.releases.setdefault(name, []).insert(0, {**row, **changes})
        return data

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if special := self.special.get(request.path):
            return await special(request)
        if not self.opened(request):
            return web.Response(status=401, headers={"WWW-Authenticate": "Basic"})
        if request.path == "/index.yaml":
            return self._index(request)
        if (data := self.files.get(request.path)) is not None:
            return web.Response(body=data)
        return web.Response(status=404)

    def _index(self, request: web.Request) -> web.Response:
        text = self.index or dump({"apiVersion": "v1", "entries": self.releases}).encode()
        tag = f'"{sha256(text)}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304)
        return web.Response(body=text, headers={"ETag": tag})


@dataclass(slots=True)
class RegistryServer(Server):
    """Artifacts by name; with `locked` a token is wanted, and given for a user and password."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, dict[str, bytes]] = field(default_factory=dict)
    cdn: str = ""
    realm: str = ""
    page: int = 1000

    def push(self, name: str, tag: str, data: bytes, media_type: str = CHART_LAYER) -> str:
        """An artifact of one archive, under a tag. Gives the manifest's digest."""
        config = b"{}"
        self.blobs |= {sha256(one): one for one in (config, data)}
        manifest = orjson.dumps(
            {
                "schemaVersion": 2,
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": _layer("application/vnd.cncf.helm.config.v1+json", config),
                "layers": [_layer(media_type, data)],
            }
        )
        tags = self.manifests.setdefault(name, {})
        tags |= {tag: manifest, f"sha256:{sha256(manifest)}": manifest}
        return f"sha256:{sha256(manifest)}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/token":
            return self._token(request)
        *parts, kind, reference = request.path.removeprefix("/v2/").split("/")
        name = "/".join(parts)
        if self.locked and request.headers.get("Authorization") != f"Bearer token-for-{name}":
            return web.Response(status=401, headers={"WWW-Authenticate": self._challenge(name)})
        if kind == "tags":
            return self._tags(request, name)
        if kind == "manifests" and (found := self.manifests.get(name, {}).get(reference)):
            kind = orjson.loads(found).get("mediaType") if found[:1] == b"{" else "text/plain"
            headers = {"Docker-Content-Digest": f"sha256:{sha256(found)}"}
            return web.Response(body=found, content_type=kind, headers=headers)
        digest = reference.removeprefix("sha256:")
        if kind == "blobs" and digest in self.blobs:
            if self.cdn:
                raise web.HTTPTemporaryRedirect(f"{self.cdn}/{digest}?signature=abc")
            return web.Response(body=self.blobs[digest])
        return web.Response(status=404)

    def _challenge(self, name: str) -> str:
        realm = self.realm or f"{self.url}/token"
        return f'Bearer realm="{realm}",service="registry",scope="repository:{name}:pull"'

    def _token(self, request: web.Request) -> web.Response:
        if not self.opened(request):
            return web.Response(status=401)
        name = request.query["scope"].split(":")[1]
        return web.json_response({"token": f"token-for-{name}"})

    def _tags(self, request: web.Request, name: str) -> web.Response:
        tags = [one for one in self.manifests.get(name, {}) if not one.startswith("sha256:")]
        start = tags.index(request.query["last"]) + 1 if "last" in request.query else 0
        some = tags[start : start + self.page]
        headers = {}
        if start + self.page < len(tags):
            headers["Link"] = f'</v2/{name}/tags/list?n={self.page}&last={some[-1]}>; rel="next"'
        return web.json_response({"name": name, "tags": some}, headers=headers)


def _layer(media_type: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": f"sha256:{sha256(data)}", "size": len(data)}
