"""Who may do what: tokens by unit and by scope; and whatever else a request may hold."""

from __future__ import annotations

import asyncio
import time

import pytest

from backend.conftest import UNIT, Backend, lock, state
from trunkline.core.infra.state.address import LONGEST, BadAddress, unit_of
from trunkline.core.infra.state.token import READ, WRITE, Token
from trunkline.edge.store.schema import state_tokens


async def test_a_token_is_for_its_units_and_its_scope(backend: Backend) -> None:
    make = backend.store.tokens.make
    of = {
        "reader": await make(Token("reader", ("infra/live/*/rds",), READ, 0.0)),
        "writer": await make(Token("writer", ("infra/live/eu/**", "x"), WRITE, 0.0)),
        "late": await make(Token("late", ("**",), WRITE, 0.0, expires=time.time() - 1)),
        "none": "tls_nobody-has-made-this-one",
    }
    asked = [
        ("reader", "GET", UNIT, 204),
        ("reader", "LOCK", UNIT, 403),
        ("reader", "POST", UNIT, 403),
        ("reader", "DELETE", UNIT, 403),
        ("reader", "GET", "infra/live/eu/vpc", 403),
        ("writer", "GET", "infra/live/eu/a/b", 204),
        ("writer", "DELETE", "x", 200),
        ("writer", "DELETE", "x/y", 403),
        ("writer", "GET", "infra/live/us/rds", 403),
        ("late", "GET", UNIT, 403),
        ("none", "GET", UNIT, 403),
    ]
    for name, method, unit, status in asked:
        answer = await backend.ask(method, unit, token=of[name])
        assert answer.status == status, (name, method, unit)
    await backend.store.tokens.revoke("reader")
    assert (await backend.ask("GET", token=of["reader"])).status == 403


HEADERS = {
    "none": {},
    "of another kind": {"Authorization": "Digest x"},
    "no base64": {"Authorization": "Basic ???"},
    "no password": {"Authorization": "Basic YW55"},
    "empty": {"Authorization": ""},
}


@pytest.mark.parametrize("what", HEADERS)
async def test_without_a_token(backend: Backend, what: str) -> None:
    url = f"{backend.url}/state/{UNIT}"
    async with backend.session.get(url, headers=HEADERS[what]) as answer:
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")


async def test_a_token_as_a_bearer(backend: Backend) -> None:
    bearer = {"Authorization": f"Bearer {backend.token}"}
    assert (await backend.ask("GET", headers=bearer)).status == 204


async def test_only_the_hash_of_a_token_is_kept(backend: Backend) -> None:
    async with backend.store._database.read() as connection:
        rows = (await connection.execute(state_tokens.select())).all()
    assert backend.token not in str(rows)


NO_UNITS = (
    "",
    "/etc/passwd",
    "infra//rds",
    "infra/",
    "infra/../../etc",
    "..",
    "a/./b",
    "a\\b",
    "a\0b",
    "a\nb",
    "a\x1b[2Jb",
    "a\u202eb",
    "\ufffd",
    "x" * (LONGEST + 1),
    "/".join("x" * 40),
)


@pytest.mark.parametrize("path", NO_UNITS)
def test_what_is_no_unit(path: str) -> None:
    with pytest.raises(BadAddress):
        unit_of(path)


@pytest.mark.parametrize("unit", ["a", "infra/live/eu/rds", "infra/network@prod", "ünit/x y"])
def test_what_is_a_unit(unit: str) -> None:
    assert unit_of(unit) == unit


async def raw(backend: Backend, request: bytes, more: bytes = b"") -> bytes:
    """What comes back to these bytes, until the server closes or answers."""
    host, _, port = backend.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(request)
        if more:
            await writer.drain()
            writer.write(more)
        return await asyncio.wait_for(reader.read(300), 60)
    except ConnectionError:
        return b"(closed)"
    finally:
        writer.close()


LENGTHS = b"Content-Length: 1\r\nContent-Length: 9\r\n"
RAW = {
    "up by %2e": (b"GET /state/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
    "nul": (b"GET /state/a%00b HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
    "no text": (b"GET /state/%ff%fe HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
    "no such page": (b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", b"404"),
    "no such method": (b"PATCH /state/a HTTP/1.1\r\nHost: x\r\n\r\n", b"405"),
    "a giant header": (b"GET /state/a HTTP/1.1\r\nX: " + b"y" * 200_000 + b"\r\n\r\n", b"400"),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"400"),
    "two lengths": (b"POST /state/a HTTP/1.1\r\nHost: x\r\n" + LENGTHS + b"\r\nx", b"400"),
}


@pytest.mark.parametrize("what", RAW)
async def test_hostile_requests_are_answered_and_harm_nobody(backend: Backend, what: str) -> None:
    request, status = RAW[what]
    answer = await raw(backend, request)
    assert answer.startswith(b"HTTP/1.1 " + status) or answer == b"(closed)"
    assert await backend.saved(state(1)) == 200


async def test_who_never_ends_a_request_holds_nobody_up(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trunkline.backend.server.HEAD_SECONDS", 0.2)
    monkeypatch.setattr("trunkline.backend.body.PATIENCE", 0.2)
    assert await raw(backend, b"GET /state/a HTTP/1.1\r\nX-A: b\r\n") == b""
    head = f"LOCK /state/a HTTP/1.1\r\nAuthorization: Bearer {backend.token}\r\nHost: x\r\n"
    slow = await raw(backend, f"{head}Content-Length: 99\r\n\r\n".encode(), b"{")
    assert slow.startswith(b"HTTP/1.1 408")
    assert (await backend.ask("LOCK", "a", lock("A"))).status == 200


async def test_a_second_request_that_never_ends_is_not_waited_for(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand such would be all connections that there are."""
    monkeypatch.setattr("trunkline.backend.server.HEAD_SECONDS", 0.2)
    host, _, port = backend.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await asyncio.wait_for(reader.readuntil(b"ok\n"), 60)).startswith(b"HTTP/1.1 200")
        writer.write(b"GET /healthz HTTP/1.1\r\nX")
        assert await asyncio.wait_for(reader.read(), 60) == b""
    finally:
        writer.close()


async def test_who_does_not_take_an_answer_is_not_waited_for(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does all of it lie in memory meanwhile."""
    assert await backend.saved(state(1, filler="x" * 40 * 2**20), "a") == 200
    monkeypatch.setattr("trunkline.backend.body.PATIENCE", 0.2)
    monkeypatch.setattr("trunkline.backend.body.SLOWEST", 2**30)
    host, _, port = backend.url.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port), limit=2**10)
    head = f"GET /state/a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {backend.token}\r\n\r\n"
    backend.heard.clear()
    writer.write(head.encode())
    try:
        async with asyncio.timeout(60):
            await backend.heard.wait()
    finally:
        writer.close()
    assert backend.told[-1] == "GET /state/a: the answer was taken too slowly"


async def test_who_only_reads_brings_nothing(backend: Backend) -> None:
    """What it brings would take room while it waits for room, and a few such wait for ever."""
    assert await backend.saved(state(1), "a") == 200
    answer = await backend.ask("GET", "a", b"{}")
    assert (answer.status, answer.said) == (413, "at most 0 bytes are taken")
    head = f"GET /state/a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {backend.token}\r\n"
    chunked = f"{head}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"
    assert (await raw(backend, chunked.encode())).startswith(b"HTTP/1.1 413")


async def test_a_body_without_a_length_or_beyond_all(backend: Backend) -> None:
    head = f"POST /state/a?ID=A HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {backend.token}\r\n"
    chunked = await raw(backend, f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
    assert chunked.startswith(b"HTTP/1.1 411")
    giant = await raw(backend, f"{head}Content-Length: 99999999999\r\n\r\n".encode())
    assert giant.startswith(b"HTTP/1.1 413")


async def test_a_small_body_may_come_in_chunks_and_stays_small(backend: Backend) -> None:
    for method, body, status in (
        ("LOCK", lock("A"), b"200"),
        ("UNLOCK", b"", b"200"),
        ("LOCK", b"x" * 200_000, b"413"),
    ):
        head = f"{method} /state/a HTTP/1.1\r\nHost: x\r\n"
        head += f"Authorization: Bearer {backend.token}\r\n"
        chunks = f"{len(body):x}\r\n".encode() + body + b"\r\n" if body else b""
        sent = f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunks + b"0\r\n\r\n"
        assert (await raw(backend, sent)).startswith(b"HTTP/1.1 " + status)


CHUNKS = {
    "no number": b"zz\r\nx\r\n",
    "a giant number": b"f" * 40 + b"\r\nx\r\n",
    "less than nothing": b"-1\r\nx\r\n",
    "more than was said": b"1\r\n{}{}{}\r\n",
    "a comment without end": b"1;" + b"y" * 200_000,
}


@pytest.mark.parametrize("what", CHUNKS)
async def test_chunks_that_are_none_are_answered_and_harm_nobody(
    backend: Backend, what: str
) -> None:
    head = f"LOCK /state/a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {backend.token}\r\n"
    sent = f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + CHUNKS[what]
    answer = await raw(backend, sent)
    assert answer.startswith(b"HTTP/1.1 4") or answer in (b"", b"(closed)")
    assert (await backend.ask("LOCK", "a", lock("A"))).status == 200


SMUGGLED = {
    "a length and chunks": b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
    "two tokens": b"Authorization: Bearer tls_other\r\n",
    "a line that goes on": b"X: a\r\n b\r\n",
    "a name with a space": b"X Y: z\r\n",
    "no name": b": z\r\n",
    "a NUL": b"X: \0\r\n",
}


@pytest.mark.parametrize("what", SMUGGLED)
async def test_headers_that_two_read_differently_change_nothing(
    backend: Backend, what: str
) -> None:
    head = f"LOCK /state/a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {backend.token}\r\n"
    behind = b"\r\n0\r\n\r\nDELETE /state/b HTTP/1.1\r\nHost: x\r\n\r\n"
    await backend.saved(state(1), "b")
    await raw(backend, head.encode() + SMUGGLED[what] + behind)
    assert (await backend.ask("GET", "b")).status == 200


async def test_hundreds_who_say_nothing_keep_nobody_out(backend: Backend) -> None:
    host, _, port = backend.url.removeprefix("http://").partition(":")
    opened = await asyncio.gather(*(asyncio.open_connection(host, int(port)) for _ in range(400)))
    try:
        for _, writer in opened:
            writer.write(b"POST /state/a HTTP/1.1\r\nContent-Length: 60000000\r\n")
        assert await backend.saved(state(1)) == 200
    finally:
        for _, writer in opened:
            writer.close()


async def test_a_body_is_read_for_those_alone_whose_token_counts(backend: Backend) -> None:
    """Nobody else makes memory be kept for him: the answer comes before the body."""
    for token in ("", "Authorization: Bearer tls_nobody\r\n"):
        head = f"POST /state/a?ID=A HTTP/1.1\r\nHost: x\r\n{token}"
        sent = f"{head}Content-Length: 60000000\r\n\r\n".encode()
        assert (await raw(backend, sent)).startswith(b"HTTP/1.1 40")
