"""Charts of HTTP repositories: which version, how often asked, with whose credentials."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from sources.served import PASSWORD, USER, ChartServer, basic, chart
from trunkline.core.sources.chart import Wanted
from trunkline.edge.charts.charts import Charts
from trunkline.edge.charts.errors import ChartError

MakeCharts = Callable[..., Charts]


def listed(*servers: ChartServer, extra: str = "") -> str:
    rows = "".join(f"  - {{url: '{one.url}'{extra}}}\n" for one in servers)
    return f"repositories:\n{rows}"


def with_password(server: ChartServer, extra: str = "") -> str:
    return listed(server, extra=f", username: {USER}, password: {PASSWORD}{extra}")


def wanted(server: ChartServer, version: str = "1.0.0", **more: Any) -> Wanted:
    return Wanted(server.url, "shop", version, **more)


@pytest.mark.parametrize(
    ("version", "taken"),
    [
        ("1.0.0", "1.0.0"),
        ("v1.0.0", "1.0.0"),
        ("1.x", "1.10.0"),
        ("~1.2", "1.2.9"),
        (">=1.0 <1.3", "1.2.9"),
        ("", "2.0.0"),
        ("*", "2.0.0"),
        (">=2.0.0-0", "2.1.0-rc.1"),
    ],
)
async def test_the_version_that_helm_would_take(
    repository: ChartServer, charts: MakeCharts, version: str, taken: str
) -> None:
    for one in ("1.0.0", "1.10.0", "1.2.9", "2.1.0-rc.1", "2.0.0"):
        repository.publish("shop", one)
    found = await charts(listed(repository)).found(wanted(repository, version))
    assert found.version == taken
    assert found.data == repository.files[f"/charts/shop-{taken}.tgz"]


@pytest.mark.parametrize("url", ["shop.tgz", "./shop.tgz", "/shop.tgz", "{url}/shop.tgz"])
async def test_urls_of_an_index_are_relative_to_it_or_whole(
    repository: ChartServer, charts: MakeCharts, url: str
) -> None:
    repository.publish("shop", urls=[url.format(url=repository.url)])
    repository.files["/shop.tgz"] = repository.files["/charts/shop-1.0.0.tgz"]
    await charts(listed(repository)).found(wanted(repository))
    assert repository.asked == ["/index.yaml", "/shop.tgz"]


async def test_a_version_that_is_pinned_needs_no_network(
    repository: ChartServer, charts: MakeCharts
) -> None:
    repository.publish("shop")
    first = await charts(listed(repository)).found(wanted(repository))
    repository.asked.clear()
    assert await charts(listed(repository)).found(wanted(repository)) == first
    assert repository.asked == []


async def test_an_index_is_believed_for_a_while_then_asked_by_its_tag(
    repository: ChartServer, charts: MakeCharts
) -> None:
    repository.publish("shop")
    await charts(listed(repository)).found(wanted(repository, "1.x"))
    repository.asked.clear()
    await charts(listed(repository)).found(wanted(repository, "1.x"))
    assert repository.asked == []
    await charts(listed(repository), refresh=0.0).found(wanted(repository, "1.x"))
    assert repository.asked == ["/index.yaml"]


async def test_a_version_that_was_just_published_is_found(
    repository: ChartServer, charts: MakeCharts
) -> None:
    repository.publish("shop")
    await charts(listed(repository)).found(wanted(repository))
    repository.publish("shop", "1.0.1")
    found = await charts(listed(repository)).found(wanted(repository, "1.0.1"))
    assert found.version == "1.0.1"


async def test_one_archive_under_two_versions_constraints_is_fetched_once(
    repository: ChartServer, charts: MakeCharts
) -> None:
    repository.publish("shop")
    one = charts(listed(repository))
    await asyncio.gather(*(one.found(wanted(repository, each)) for each in ("1.0.0", "1.x", "^1")))
    again = charts(listed(repository))
    await again.found(wanted(repository, "~1.0"))
    assert repository.asked.count("/index.yaml") == 1


async def test_credentials_go_to_their_repository(
    repository: ChartServer, charts: MakeCharts
) -> None:
    repository.publish("shop")
    repository.locked = True
    await charts(with_password(repository)).found(wanted(repository))
    assert repository.credentials == [basic(), basic()]


@pytest.mark.parametrize("way", ["an absolute url", "a redirect"])
@pytest.mark.parametrize(
    ("asked", "prefix", "in_file", "sent"),
    [
        (False, False, False, False),
        (True, False, False, True),
        (False, False, True, True),
        (True, True, False, False),
        (True, True, True, True),
    ],
    ids=["nobody says so", "the source", "the file", "a prefix", "a prefix that says so"],
)
async def test_credentials_go_to_another_host_only_where_that_is_said(
    repository: ChartServer,
    other: ChartServer,
    charts: MakeCharts,
    way: str,
    asked: bool,
    prefix: bool,
    in_file: bool,
    sent: bool,
) -> None:
    """A prefix covers repositories that a commit may choose, so a commit cannot say it there."""
    data = chart("shop")
    other.files["/shop.tgz"] = data
    repository.locked = True

    async def redirect(_request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(f"{other.url}/shop.tgz")

    if way == "a redirect":
        repository.publish("shop", data=data)
        repository.special["/charts/shop-1.0.0.tgz"] = redirect
    else:
        repository.publish("shop", data=data, urls=[f"{other.url}/shop.tgz"])
    text = with_password(repository, ", passCredentials: true" if in_file else "")
    if prefix:
        text = text.replace("repositories", "credentials")
    text += f"hosts: ['{other.place}']\n"
    await charts(text).found(wanted(repository, pass_credentials=asked))
    assert other.credentials == [basic() if sent else ""]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"digest": "0" * 64}, "has another digest than the index says"),
        ({"urls": []}, "names no archive of version 1.0.0"),
        ({"urls": ["missing.tgz"]}, "missing.tgz: it is not there (404)"),
        ({"urls": ["file:///etc/passwd"]}, "is no address that is asked"),
        ({"version": "9.9.9"}, "no such version is in its index"),
    ],
    ids=lambda one: next(iter(one.values())) if isinstance(one, dict) else "",
)
async def test_what_an_index_says_wrong(
    repository: ChartServer, charts: MakeCharts, change: dict[str, Any], said: str
) -> None:
    repository.publish("shop", **change)
    with pytest.raises(ChartError) as told:
        await charts(listed(repository)).found(wanted(repository))
    assert said in str(told.value)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (404, "no index.yaml is there (404): it is no chart repository"),
        (403, "wants credentials (403)"),
        (500, "answers with status 500"),
        (503, "answers with status 503"),
    ],
)
async def test_servers_that_refuse(
    repository: ChartServer,
    charts: MakeCharts,
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("trunkline.edge.charts.web.PAUSES", (0.0, 0.0))

    async def refuse(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status)

    repository.special["/index.yaml"] = refuse
    with pytest.raises(ChartError) as told:
        await charts(listed(repository)).found(wanted(repository))
    assert said in str(told.value)
    assert told.value.remedy
    assert len(repository.asked) == (3 if status >= 500 else 1)


async def test_a_wrong_password_is_not_in_the_message(
    repository: ChartServer, charts: MakeCharts
) -> None:
    repository.locked = True
    with pytest.raises(ChartError) as told:
        await charts(with_password(repository).replace(PASSWORD, "wr0ng-secret")).found(
            wanted(repository)
        )
    assert "refuses the credentials that sources.yaml has for it (401)" in str(told.value)
    assert "wr0ng-secret" not in f"{told.value}{told.value.remedy}{told.value.__cause__!r}"


async def test_a_server_that_is_silent_is_given_up(
    repository: ChartServer, charts: MakeCharts
) -> None:
    async def hang(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(b"apiVersion: v1\n")
        await asyncio.sleep(30)
        return answer

    repository.special["/index.yaml"] = hang
    with pytest.raises(ChartError, match="it does not answer in time"):
        await charts(listed(repository), silence=0.2).found(wanted(repository))


async def test_a_server_that_sends_without_end_is_cut_off(
    repository: ChartServer, charts: MakeCharts
) -> None:
    repository.index = b"x" * 3 * 2**20
    with pytest.raises(ChartError, match="sends more than 2 MiB"):
        await charts(listed(repository), index=2 * 2**20).found(wanted(repository))


async def test_nobody_is_there(charts: MakeCharts) -> None:
    text = "repositories: [{url: 'http://127.0.0.1:9'}]"
    with pytest.raises(ChartError) as told:
        await charts(text).found(Wanted("http://127.0.0.1:9", "shop", "1.0.0"))
    assert "http://127.0.0.1:9/index.yaml: it cannot be reached" in str(told.value)
    assert "run again" in told.value.remedy


async def test_a_server_that_is_down_is_waited_for_once(
    repository: ChartServer, charts: MakeCharts
) -> None:
    async def hang(_request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    repository.special["/index.yaml"] = hang
    one = charts(listed(repository), silence=0.2)
    names = [Wanted(repository.url, f"chart-{n}", "1.0.0") for n in range(20)]
    found = await asyncio.gather(*map(one.found, names), return_exceptions=True)
    assert {type(each) for each in found} == {ChartError}
    assert "chart chart-7 1.0.0 of" in str(found[7])
    assert len(repository.asked) == 1


async def test_each_is_told_its_own_address_of_a_server_that_is_down(charts: MakeCharts) -> None:
    """The one that was asked for first is no help to whoever reads of another."""
    one = charts("repositories: [{url: 'http://127.0.0.1:9'}]")
    for folder in ("stable", "beta"):
        with pytest.raises(ChartError, match=f"http://127.0.0.1:9/{folder}/index.yaml: it cannot"):
            await one.found(Wanted(f"http://127.0.0.1:9/{folder}", "shop", "1.0.0"))


async def test_a_name_of_the_sources_file(repository: ChartServer, charts: MakeCharts) -> None:
    repository.publish("shop")
    one = charts(listed(repository, extra=", name: ours"))
    for repository_name in ("@ours", "alias:ours"):
        assert (await one.found(Wanted(repository_name, "shop", "1.0.0"))).version == "1.0.0"
    with pytest.raises(ChartError, match="no repository is called theirs"):
        await one.found(Wanted("@theirs", "shop", "1.0.0"))


async def test_a_shelf_that_rots_is_fetched_anew(
    repository: ChartServer, charts: MakeCharts, tmp_path: Path
) -> None:
    data = repository.publish("shop")
    await charts(listed(repository)).found(wanted(repository))
    (blob,) = (tmp_path / "charts/blobs").glob("*/*")
    blob.write_bytes(b"rotten")
    assert (await charts(listed(repository)).found(wanted(repository))).data == data


async def test_the_users_netrc_is_nobodys_credential(
    repository: ChartServer,
    charts: MakeCharts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Helm reads none, and beside a credential of the sources file it would be a second one."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    repository.publish("shop")
    await charts(listed(repository)).found(wanted(repository))
    assert set(repository.credentials) == {""}
    repository.locked = True
    repository.publish("shop", "2.0.0")
    await charts(with_password(repository)).found(wanted(repository, "2.0.0"))
    assert repository.credentials[-1] == basic()


async def test_a_proxy_of_the_environment_is_gone_through(
    repository: ChartServer, charts: MakeCharts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is asked as a proxy is: for a whole address, with the proxy's own password."""
    repository.publish("shop")
    passed = []

    async def index(request: web.Request) -> web.StreamResponse:
        passed.append((request.host, request.headers.get("Proxy-Authorization")))
        return web.Response(body=b"apiVersion: v1\nentries: {}\n")

    repository.special["/index.yaml"] = index
    elsewhere = "http://charts.example"
    monkeypatch.setenv("http_proxy", repository.url.replace("//", "//us:er@"))
    with pytest.raises(ChartError, match="shop"):
        rows = f"repositories:\n  - {{url: '{elsewhere}'}}\n"
        await charts(rows).found(Wanted(elsewhere, "shop", "1.0.0"))
    assert passed == [("charts.example", basic("us", "er"))]
