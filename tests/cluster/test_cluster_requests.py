"""What is asked again and when, and what a cluster may cost."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from base64 import b64encode

import pytest
from aiohttp import web

from cluster.script import Answer, Script, dropped, json, silent, status, text
from trunkline.core.manifest import Ref
from trunkline.edge.cluster.access import Access
from trunkline.edge.cluster.client import connect
from trunkline.edge.cluster.credentials import Fixed, Issued
from trunkline.edge.cluster.errors import (
    ApiError,
    Forbidden,
    TooManyRequests,
    Unauthorized,
    Unreachable,
)
from trunkline.edge.cluster.limits import ClientLimits, Rate
from trunkline.edge.cluster.transport import Request, Transport

UNFIT = (
    "failed to create typed patch object (default/settings; /v1, Kind=ConfigMap): "
    ".foo: field not declared in schema"
)
REF = Ref("", "ConfigMap", "default", "settings")
COLLECTION = "/api/v1/namespaces/default/configmaps"
PATH = f"{COLLECTION}/settings"
OBJECT = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "settings", "namespace": "default"},
}


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(status(500, "etcd is away"), id="500"),
        pytest.param(status(502), id="502"),
        pytest.param(text("<html>bad gateway", 503), id="503 of a load balancer"),
        pytest.param(status(504), id="504"),
        pytest.param(status(429), id="429 without a time"),
        pytest.param(dropped, id="dropped connection"),
    ],
)
async def test_a_passing_failure_is_asked_again(script: Script, failure: Answer) -> None:
    script.then[PATH] = [failure, failure]
    script.always[PATH] = json(OBJECT)
    client = script.client()
    assert await client.get(REF) == OBJECT
    assert script.count(PATH) == 3
    await client.close()


@pytest.mark.parametrize("failure", [status(500), status(503), dropped], ids=["500", "503", "cut"])
async def test_a_creation_is_not_repeated_blindly(script: Script, failure: Answer) -> None:
    """It may have happened; another one could make a second object."""
    script.always[COLLECTION] = failure
    client = script.client()
    with pytest.raises(ApiError):
        await client.create(OBJECT)
    assert script.count(COLLECTION) == 1
    await client.close()


async def test_retry_after_is_obeyed_for_a_creation_too(script: Script) -> None:
    script.then[COLLECTION] = [status(429, Retry_After="1")]
    script.always[COLLECTION] = json(OBJECT, 201)
    client = script.client()
    start = time.monotonic()
    await client.create(OBJECT)
    assert time.monotonic() - start >= 1.0
    assert script.count(COLLECTION) == 2
    await client.close()


async def test_patience_with_429_ends_with_the_time_of_the_request(script: Script) -> None:
    script.always[PATH] = status(429, "too many requests, please try again later", Retry_After="2")
    client = script.client(timeout=3.9)
    start = time.monotonic()
    with pytest.raises(TooManyRequests, match="try again later"):
        await client.get(REF)
    assert time.monotonic() - start < 30
    await client.close()


async def test_the_same_answer_for_ever_ends_the_tries(script: Script) -> None:
    script.always[PATH] = status(503, "the server is currently unable to handle the request")
    client = script.client(retries=2)
    with pytest.raises(ApiError, match="eu answered 503: the server is currently unable") as caught:
        await client.get(REF)
    assert (caught.value.status, script.count(PATH)) == (503, 3)
    await client.close()


async def test_a_wrong_object_is_not_asked_again(script: Script) -> None:
    """The API server answers 500 to a patch that does not fit the kind's schema."""
    script.always[PATH] = status(500, UNFIT)
    client = script.client()
    with pytest.raises(ApiError, match=r"ConfigMap default/settings does not fit .*: \.foo: field"):
        await client.apply(OBJECT)
    assert script.count(PATH) == 1
    await client.close()


async def test_a_slow_cluster_is_told_before_ten_seconds(script: Script) -> None:
    script.always["/version"] = silent(30)
    client = script.client(contact=0.5)
    start = time.monotonic()
    with pytest.raises(Unreachable, match=r"eu did not say within 0\.5 s what it serves"):
        await client.discovery()
    assert time.monotonic() - start < 20
    assert ClientLimits().contact < 10
    await client.close()


async def test_a_slow_request_ends(script: Script) -> None:
    script.always[PATH] = silent(30)
    client = script.client(timeout=3.0)
    with pytest.raises(Unreachable, match=r"no answer within 3 s"):
        await client.get(REF)
    assert script.count(PATH) == 1, "what was slow once is not waited for again"
    await client.close()


async def test_nobody_listens() -> None:
    server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    client = Transport("eu", Access(f"http://127.0.0.1:{port}", "eu"), ClientLimits())
    with pytest.raises(Unreachable, match=r"eu \(http://127.*: no connection .*is it running"):
        await client.request(Request("GET", "/version"))
    await client.close()


async def test_a_network_that_swallows_everything() -> None:
    """A listener whose backlog is full answers no SYN, as a firewall that drops does."""
    with socket.socket() as listener, contextlib.ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        client = Transport("eu", Access(url, "eu"), ClientLimits(connect_timeout=0.5))
        start = time.monotonic()
        with pytest.raises(Unreachable, match=r"no connection within 0\.5 s"):
            await client.request(Request("GET", "/version"))
        assert time.monotonic() - start < 20
        await client.close()


async def test_an_unknown_name() -> None:
    client = Transport("eu", Access("https://eu.invalid:6443", "eu"), ClientLimits())
    with pytest.raises(Unreachable, match="its name is not known"):
        await client.request(Request("GET", "/version"))
    await client.close()


async def test_a_login_page_instead_of_an_api(script: Script) -> None:
    script.always["/version"] = text("<html>Welcome, please log in")
    client = script.client()
    with pytest.raises(ApiError, match="does not answer as a Kubernetes API server does"):
        await client.discovery()
    await client.close()


async def test_a_redirect_is_not_followed(script: Script) -> None:
    """The token would go with it, to whoever the answer names."""
    script.always["/version"] = json({}, 302, Location="http://127.0.0.1:1/steal")
    client = script.client()
    with pytest.raises(ApiError, match="302: it sends us elsewhere"):
        await client.discovery()
    await client.close()


async def test_a_refused_token_is_not_shown(script: Script) -> None:
    script.always["/version"] = status(401, "Unauthorized")
    client = script.client(token="s3cr3t-t0ken")
    with pytest.raises(Unauthorized, match="renew the token or the client certificate") as caught:
        await client.discovery()
    assert "s3cr3t" not in f"{caught.value!r} {caught.value}"
    assert script.asked[0].headers["Authorization"] == "Bearer s3cr3t-t0ken"
    await client.close()


async def test_connections_stay_within_the_budget(script: Script) -> None:
    """Whoever waits for a connection loses nothing of its own time."""
    now, most = 0, 0

    async def counted(_: web.Request) -> web.StreamResponse:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.4)
        now -= 1
        return web.json_response(OBJECT)

    script.always[PATH] = counted
    client = script.client(connections=3, timeout=3.6)
    await client.discovery()
    await asyncio.gather(*(client.get(REF) for _ in range(30)))
    assert most == 3
    await client.close()


async def test_a_rate_lets_a_burst_through_and_then_keeps_time() -> None:
    rate = Rate(50, burst=10)
    start = time.monotonic()
    for _ in range(10):
        with pytest.raises(StopIteration):
            rate.turn().send(None)  # done without a wait
    for _ in range(10):
        await rate.turn()
    assert time.monotonic() - start >= 0.18


@pytest.mark.parametrize("name", ["", "../secrets/admin", "..", ".", "a/b", "a%2fb"])
async def test_a_name_that_is_a_path_reaches_no_other_object(script: Script, name: str) -> None:
    client = script.client()
    with pytest.raises(ApiError, match="cannot be the name of an object"):
        await client.delete(Ref("", "ConfigMap", "default", name))
    assert [one.method for one in script.asked if one.method != "GET"] == []
    await client.close()


async def test_an_odd_name_stays_one_name(script: Script) -> None:
    client = script.client()
    assert await client.get(Ref("", "ConfigMap", "default", "a?watch=1#x y:ü")) is None
    assert script.asked[-1].path == f"{COLLECTION}/a?watch=1#x y:ü"
    assert not script.asked[-1].query
    await client.close()


async def test_a_large_object(script: Script) -> None:
    script.always[PATH] = json(OBJECT)
    client = script.client()
    await client.apply({**OBJECT, "data": {"large": "x" * 3_000_000}})
    assert len(script.bodies[-1]) > 3_000_000
    assert script.asked[-1].headers["Content-Type"] == "application/apply-patch+yaml"
    await client.close()


async def test_what_is_asked_twice_at_once_is_asked_once(script: Script) -> None:
    client = script.client()
    await asyncio.gather(*(client.discovery() for _ in range(20)))
    assert script.count("/version") == 1
    await client.rediscover()
    assert script.count("/version") == 2
    await client.close()


async def test_a_discovery_that_failed_is_tried_anew(script: Script) -> None:
    script.then["/version"] = [status(403, "no")]
    client = script.client()
    with pytest.raises(ApiError, match="no"):
        await client.discovery()
    assert (await client.discovery()).kube_version == "v1.36.3"
    await client.close()


async def test_a_request_goes_by_its_proxy(script: Script) -> None:
    """A proxy for http is asked for the whole address; one that is not there is named as such."""
    access = Access("http://eu.invalid:8080", "eu", proxy=script.url)
    client = Transport("eu", access, ClientLimits())
    assert b"v1.36.3" in await client.request(Request("GET", "/version"))
    assert script.asked[-1].headers["Host"] == "eu.invalid:8080"
    await client.close()
    access.proxy = "http://me:s3cret@127.0.0.1:1"
    client = Transport("eu", access, ClientLimits())
    with pytest.raises(Unreachable, match="the proxy on the way to it refuses") as caught:
        await client.request(Request("GET", "/version"))
    assert "s3cret" not in str(caught.value)
    await client.close()


@pytest.mark.parametrize(
    ("kind", "credentials"),
    [("Bearer", "t0ken-of-nobody"), ("Basic", b64encode(b"ann:pass-word").decode())],
)
async def test_a_server_that_quotes_our_credentials(
    script: Script, kind: str, credentials: str
) -> None:
    said = f"bad header Authorization: {kind} {credentials} (ann:pass-word)"
    script.always[PATH] = status(400, said)
    bearer = Fixed(Issued(credentials if kind == "Bearer" else ""))
    access = Access(script.url, "eu", bearer, basic=credentials if kind == "Basic" else "")
    client = connect("eu", access)
    with pytest.raises(ApiError, match=r"bad header Authorization: \w+ \(masked\)") as caught:
        await client.get(REF)
    assert credentials not in str(caught.value)
    if kind == "Basic":
        assert "pass-word" not in str(caught.value)
    await client.close()


async def test_only_what_is_written_is_written_as_somebody_else(script: Script) -> None:
    """A sync acts as its project's account; what is read is read as ever, by the same client."""
    script.always[PATH] = script.always[COLLECTION] = json(OBJECT)
    client = script.client()
    acting = client.acting_as("system:serviceaccount:shop:deployer")
    await acting.get(REF)
    await acting.create(OBJECT)
    await acting.replace(OBJECT, dry_run=True)
    await acting.apply(OBJECT)
    await acting.patch(REF, {})
    await acting.delete(REF)
    await client.apply(OBJECT)
    asked = [(one.method, one.headers.get("Impersonate-User")) for one in script.asked]
    somebody = "system:serviceaccount:shop:deployer"
    written = [(method, somebody) for method in ("POST", "PUT", "PATCH", "PATCH", "DELETE")]
    assert asked[-7:] == [("GET", None), *written, ("PATCH", None)]
    await client.close()


async def test_nobody_acts_as_two(script: Script) -> None:
    access = Access(script.url, "eu", behalf=(("Impersonate-User", "ann"),))
    client = connect("eu", access)
    with pytest.raises(Forbidden, match="acts as ann already, so that a sync cannot act as bob"):
        client.acting_as("bob")
    await client.close()
