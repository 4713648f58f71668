"""Certificates on both sides of the connection."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cluster.certificates import Pair, authority, signed
from cluster.script import Script, serving
from trunkline.core.component import Cluster
from trunkline.edge.cluster.access import Access
from trunkline.edge.cluster.client import connect
from trunkline.edge.cluster.credentials import Issued
from trunkline.edge.cluster.errors import Unreachable
from trunkline.edge.cluster.ways import access_of


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return authority(tmp_path_factory.mktemp("ca"))


@contextlib.asynccontextmanager
async def tls_server(
    folder: Path, ca: Pair, *, names: str = "IP:127.0.0.1", client: Pair | None = None
) -> AsyncIterator[Script]:
    """A server with a certificate of this CA; with `client`, it wants one of that CA too."""
    pair = signed(folder, "server", ca, names=names)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.certificate, pair.key)
    if client:
        # A server of our own, as lenient as Kubernetes' with a CA that is older than RFC 5280.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client.certificate)
    async with serving(context) as script:
        yield script


def data(file: Path) -> str:
    return b64encode(file.read_bytes()).decode()


def by_secret(url: str, **tls: Any) -> Access:
    return access_of(Cluster("eu", url), secret_config={"tlsClientConfig": tls})


async def version(access: Access) -> str:
    client = connect("eu", access)
    try:
        return (await client.discovery()).kube_version
    finally:
        await client.close()


async def test_a_trusted_certificate(tmp_path: Path, ca: Pair) -> None:
    async with tls_server(tmp_path, ca) as script:
        assert await version(by_secret(script.url, caData=data(ca.certificate))) == "v1.36.3"


async def test_an_unknown_authority(tmp_path: Path, ca: Pair) -> None:
    other = authority(tmp_path, "other")
    async with tls_server(tmp_path, ca) as script:
        for access in (
            by_secret(script.url),
            by_secret(script.url, caData=data(other.certificate)),
        ):
            with pytest.raises(Unreachable, match=r"not trusted \(.*\): give its CA by"):
                await version(access)
        assert await version(by_secret(script.url, insecure=True)) == "v1.36.3"


async def test_a_certificate_of_another_name(tmp_path: Path, ca: Pair) -> None:
    trusted = data(ca.certificate)
    async with tls_server(tmp_path, ca, names="DNS:inside.example") as script:
        with pytest.raises(Unreachable, match=r"not valid for '127\.0\.0\.1'.*set tls-server-name"):
            await version(by_secret(script.url, caData=trusted))
        access = by_secret(script.url, caData=trusted, serverName="inside.example")
        assert await version(access) == "v1.36.3"


async def test_a_client_certificate(tmp_path: Path, ca: Pair) -> None:
    mine = signed(tmp_path, "ann", ca)
    shown = {"certData": data(mine.certificate), "keyData": data(mine.key)}
    async with tls_server(tmp_path, ca, client=ca) as script:
        access = by_secret(script.url, caData=data(ca.certificate), **shown)
        assert await version(access) == "v1.36.3"
        assert subject(script.shown[0]) == "ann"


async def test_a_client_certificate_that_is_not_accepted(tmp_path: Path, ca: Pair) -> None:
    other = authority(tmp_path, "other")
    stranger = signed(tmp_path, "stranger", other)
    async with tls_server(tmp_path, ca, client=ca) as script:
        none = by_secret(script.url, caData=data(ca.certificate))
        with pytest.raises(Unreachable, match="the client certificate|our client certificate"):
            await version(none)
        wrong = by_secret(
            script.url,
            caData=data(ca.certificate),
            certData=data(stranger.certificate),
            keyData=data(stranger.key),
        )
        with pytest.raises(Unreachable, match="the client certificate|our client certificate"):
            await version(wrong)


async def test_a_certificate_and_a_foreign_key(tmp_path: Path, ca: Pair) -> None:
    one, two = signed(tmp_path, "one", ca), signed(tmp_path, "two", ca)
    access = by_secret("https://127.0.0.1:1", certData=data(one.certificate), keyData=data(two.key))
    with pytest.raises(Unreachable, match="eu: the client certificate and its key are no pair"):
        await access.headers()


async def test_an_authority_that_is_none() -> None:
    access = by_secret("https://127.0.0.1:1", caData=b64encode(b"hello").decode())
    with pytest.raises(Unreachable, match="its certificate authority is no certificate in PEM"):
        access.tls()


async def test_certificates_in_files(tmp_path: Path, ca: Pair) -> None:
    mine = signed(tmp_path, "ann", ca)
    shutil.copy(ca.certificate, tmp_path / "authority.pem")
    async with tls_server(tmp_path, ca, client=ca) as script:
        (tmp_path / "config").write_text(
            "contexts: [{name: eu, context: {cluster: c, user: u}}]\n"
            f"clusters: [{{name: c, cluster: {{server: '{script.url}',"
            " certificate-authority: authority.pem}}]\n"
            f"users: [{{name: u, user: {{client-certificate: {mine.certificate.name},"
            f" client-key: {mine.key.name}}}}}]\n"
        )
        access = access_of(Cluster("eu"), kubeconfig=str(tmp_path / "config"))
        assert await version(access) == "v1.36.3"


async def test_a_certificate_that_expires_in_mid_run(tmp_path: Path, ca: Pair) -> None:
    """What stands goes on; a new connection is refused with its reason, until it is renewed."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    async with serving(context) as script:
        access = by_secret(script.url, caData=data(ca.certificate))
        client = connect("eu", access)
        for seconds in (5.0, 20.0, 60.0):
            brief = signed(tmp_path, "brief", ca, names="IP:127.0.0.1", seconds=seconds)
            context.load_cert_chain(brief.certificate, brief.key)
            with contextlib.suppress(Unreachable):  # On a machine that has much else to do.
                await client.discovery()
                break
        await asyncio.sleep(seconds + 0.5)
        await client.rediscover()
        with pytest.raises(Unreachable, match="certificate has expired"):
            await version(access)
        lasting = signed(tmp_path, "lasting", ca, names="IP:127.0.0.1")
        context.load_cert_chain(lasting.certificate, lasting.key)
        assert await version(access) == "v1.36.3"
        await client.close()


async def test_plain_http_on_a_tls_port(tmp_path: Path, ca: Pair, script: Script) -> None:
    with pytest.raises(Unreachable, match="no TLS is spoken there: check the port"):
        await version(by_secret(script.url.replace("http:", "https:")))
    async with tls_server(tmp_path, ca) as secure:
        with pytest.raises(Unreachable, match=r"refuses http \(try https\)"):
            await version(by_secret(secure.url.replace("https:", "http:")))


async def test_a_renewed_client_certificate_is_shown(tmp_path: Path, ca: Pair) -> None:
    """Connections that stand keep the old one, so new ones are made."""
    first, second = (signed(tmp_path, name, ca) for name in ("first", "second"))
    source = Rotating(first)
    async with tls_server(tmp_path, ca, client=ca) as script:
        access = by_secret(script.url, caData=data(ca.certificate))
        access.credentials = source
        client = connect("eu", access)
        await client.discovery()
        source.pair = second
        await client.rediscover()
        assert {subject(one) for one in script.shown[:3]} == {"first"}
        assert {subject(one) for one in script.shown[3:]} == {"second"}
        await client.close()


class Rotating:
    """Credentials that a test exchanges."""

    renewable = True

    def __init__(self, pair: Pair) -> None:
        self.pair = pair

    async def issued(self) -> Issued:
        pair = self.pair
        return Issued(certificate=pair.certificate.read_bytes(), key=pair.key.read_bytes())

    def renew(self) -> None:
        """A test does it."""


def subject(certificate: Any) -> str:
    return next(
        name for part in certificate["subject"] for key, name in part if key == "commonName"
    )
