"""Sources over TLS: own authorities, client certificates, and whom neither is for."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from textwrap import indent

import pytest

from cluster.certificates import Pair, authority, signed
from gitrepo import GitRepo
from sources.gitserved import GitServer
from sources.served import PASSWORD, USER, ChartServer, basic
from trunkline.core.sources.chart import Wanted
from trunkline.edge.charts.charts import Charts
from trunkline.edge.charts.errors import ChartError
from trunkline.edge.git import GitError, Mirrors
from trunkline.settings.sources import load_keyring


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def tls(ca: Pair, tmp_path: Path) -> Iterator[ssl.SSLContext]:
    """A server's side that asks for a certificate of the authority, and lets others in too."""
    pair = signed(tmp_path, "server", ca, names="IP:127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    context.load_verify_locations(ca.certificate)
    context.verify_mode = ssl.CERT_OPTIONAL
    yield context


@pytest.fixture
async def repository(tls: ssl.SSLContext) -> AsyncIterator[ChartServer]:
    server = ChartServer()
    async with server.running(ssl=tls):
        server.publish("shop")
        yield server


def entry(server: ChartServer | GitServer, path: str = "", **fields: str) -> str:
    rows = "".join(f"    {key}: |\n{indent(text, '      ')}\n" for key, text in fields.items())
    return f"repositories:\n  - url: {server.url}{path}\n{rows}"


def authorities(ca: Pair) -> dict[str, str]:
    return {"tlsAuthority": ca.certificate.read_text()}


def shown(ca: Pair, folder: Path) -> dict[str, str]:
    pair = signed(folder, "client", ca)
    return {
        "tlsClientCertData": pair.certificate.read_text(),
        "tlsClientCertKey": pair.key.read_text(),
    }


def of_host(ca: Pair) -> str:
    config_map = {
        "kind": "ConfigMap",
        "metadata": {"name": "argocd-tls-certs-cm"},
        "data": {"127.0.0.1": ca.certificate.read_text()},
    }
    return f"---\n{json.dumps(config_map)}\n"


async def fetched(server: ChartServer, text: str, folder: Path) -> None:
    charts = Charts(load_keyring(text.encode(), "sources.yaml"), folder)
    try:
        await charts.found(Wanted(server.url, "shop", "1.0.0"))
    finally:
        await charts.close()


async def test_an_authority_of_ones_own(repository: ChartServer, ca: Pair, tmp_path: Path) -> None:
    with pytest.raises(ChartError) as told:
        await fetched(repository, entry(repository), tmp_path)
    assert "its TLS certificate is not trusted" in str(told.value)
    assert "tlsAuthority" in told.value.remedy
    await fetched(repository, entry(repository, **authorities(ca)), tmp_path)
    # As Argo CD has it, for the whole host.
    await fetched(repository, entry(repository) + of_host(ca), tmp_path / "argo")


async def test_any_certificate_where_that_is_said(repository: ChartServer, tmp_path: Path) -> None:
    await fetched(repository, entry(repository) + "    insecure: true\n", tmp_path)


async def test_a_client_certificate(
    repository: ChartServer, tls: ssl.SSLContext, ca: Pair, tmp_path: Path
) -> None:
    tls.verify_mode = ssl.CERT_REQUIRED
    with pytest.raises(ChartError):
        await fetched(repository, entry(repository, **authorities(ca)), tmp_path)
    both = {**authorities(ca), **shown(ca, tmp_path)}
    await fetched(repository, entry(repository, **both), tmp_path)


async def test_what_is_no_certificate(repository: ChartServer, tmp_path: Path) -> None:
    with pytest.raises(ChartError, match="cannot be read") as told:
        await fetched(repository, entry(repository, tlsAuthority="hunter2"), tmp_path)
    assert "hunter2" not in str(told.value)


async def test_credentials_never_go_from_https_to_http(
    repository: ChartServer, other: ChartServer, ca: Pair, tmp_path: Path
) -> None:
    repository.releases["shop"][0]["urls"] = [f"{other.url}/shop.tgz"]
    other.files["/shop.tgz"] = repository.files["/charts/shop-1.0.0.tgz"]
    text = entry(repository, **authorities(ca), username=USER, password=PASSWORD)
    text = text.replace(f"{USER}\n", USER).replace(f"{PASSWORD}\n", PASSWORD)
    text += f"    passCredentials: true\nhosts: ['{other.place}']\n"
    await fetched(repository, text, tmp_path)
    assert any(repository.credentials)
    assert other.credentials == [""]


async def test_git_with_an_authority_and_a_certificate(
    tls: ssl.SSLContext, ca: Pair, tmp_path: Path
) -> None:
    GitRepo(tmp_path / "srv/team.git").write({"a.txt": "one"}).commit()
    server = GitServer(folder=tmp_path / "srv")
    tls.verify_mode = ssl.CERT_REQUIRED
    mirrors: Callable[[str], Mirrors] = lambda text: Mirrors(  # noqa: E731
        load_keyring(text.encode(), "sources.yaml"), tmp_path / "cache"
    )
    async with server.running(ssl=tls):
        url = f"{server.url}/team.git"
        with pytest.raises(GitError, match="its TLS certificate is not trusted"):
            await mirrors(entry(server, "/team.git")).snapshot(url, "main")
        both = {**authorities(ca), **shown(ca, tmp_path)}
        found = await mirrors(entry(server, "/team.git", **both)).snapshot(url, "main")
        by_host = entry(server, "/team.git", **shown(ca, tmp_path)) + of_host(ca)
        await mirrors(by_host).snapshot(url, "main")
    assert found.read("a.txt") == b"one"
    assert basic() not in server.credentials
