"""The little of four protocols that the provider speaks: bytes beside what they mean.

The examples are those of the specifications, or follow from them by hand.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.practice.plugin.hpack import BadHeaders, Reader, written
from trunkline.practice.plugin.http2 import PREFACE
from trunkline.practice.plugin.msgpack import Extended, pack, unpack
from trunkline.practice.plugin.serve import Session
from trunkline.practice.plugin.values import UNKNOWN, packed, unpacked
from trunkline.practice.plugin.wire import Table, by_name, decode, each, encode

# Protocol buffers -------------------------------------------------------------------------------

PART: Table = {1: ("name", "string")}
WHOLE: Table = {
    1: ("number", "int"),
    2: ("text", "string"),
    3: ("raw", "bytes"),
    4: ("yes", "bool"),
    5: ("part", PART),
    6: ("parts", each(PART)),
    7: ("named", by_name(PART)),
}
EMPTY = {"number": 0, "text": "", "raw": b"", "yes": False, "part": None, "parts": [], "named": {}}

MESSAGES = {
    "nothing": ({}, ""),
    "a number of two bytes": ({"number": 150}, "08 9601"),
    "a negative number": ({"number": -1}, "08 ffffffffffffffffff01"),
    "a text": ({"text": "testing"}, "12 07 74657374696e67"),
    "a truth": ({"yes": True}, "20 01"),
    "a message inside": ({"part": {"name": "a"}}, "2a 03 0a0161"),
    "an empty message inside": ({"part": {"name": ""}}, "2a 00"),
    "several": ({"parts": [{"name": "a"}, {"name": "b"}]}, "32 03 0a0161 32 03 0a0162"),
    "a map": ({"named": {"k": {"name": "a"}}}, "3a 08 0a016b 1203 0a0161"),
}


@pytest.mark.parametrize(("message", "data"), MESSAGES.values(), ids=MESSAGES)
def test_a_message_and_its_bytes(message: dict[str, Any], data: str) -> None:
    assert encode(WHOLE, message) == bytes.fromhex(data)
    assert decode(WHOLE, bytes.fromhex(data)) == {**EMPTY, **message}


def test_fields_that_are_not_known_are_skipped() -> None:
    unknown = "79 0102030405060708 7d 01020304 82 01 02 ffff 78 05"
    assert decode(PART, bytes.fromhex(unknown + "0a 01 61")) == {"name": "a"}


# MessagePack ------------------------------------------------------------------------------------

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text()
    | st.floats(allow_nan=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)  # fmt: skip

PACKED = {
    "a small number": ("07", 7),
    "a small negative one": ("e0", -32),
    "a byte": ("cc ff", 255),
    "two bytes": ("cd 0100", 256),
    "a signed byte": ("d0 80", -128),
    "signed bytes": ("d2 ffff0000", -65536),
    "a float": ("cb 3ff8000000000000", 1.5),
    "a short text": ("a3 616263", "abc"),
    "a text with its length": ("d9 03 616263", "abc"),
    "a long text": ("db 00000003 616263", "abc"),
    "bytes": ("c4 02 0102", b"\1\2"),
    "a list": ("92 01 c0", [1, None]),
    "a list with its length": ("dc 0002 c2 c3", [False, True]),
    "a map": ("81 a1 61 01", {"a": 1}),
    "a map with its length": ("de 0001 a1 61 01", {"a": 1}),
    "what is not known": ("d4 00 00", UNKNOWN),
    "what is not known, with more said of it": ("c7 03 0c 8101c2", UNKNOWN),
}


@pytest.mark.parametrize(("data", "value"), PACKED.values(), ids=PACKED)
def test_bytes_and_their_value(data: str, value: Any) -> None:
    assert unpacked({"msgpack": bytes.fromhex(data)}) == value


@given(values)
def test_what_is_packed_comes_back(value: Any) -> None:
    assert unpack(pack(value), lambda code, data: (code, data)) == value


def test_what_is_not_known_is_packed_anywhere() -> None:
    assert unpacked(packed({"id": UNKNOWN, "tags": [UNKNOWN]})) == {
        "id": UNKNOWN,
        "tags": [UNKNOWN],
    }
    assert unpack(pack(Extended(0, b"\0")), lambda code, data: (code, data)) == (0, b"\0")


# Headers: RFC 7541, appendix C ------------------------------------------------------------------

HEADERS = {
    "a name that is new": ("400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
        [("custom-key", "custom-header")]),
    "a name that is known": ("040c 2f73 616d 706c 652f 7061 7468", [(":path", "/sample/path")]),
    "both are known": ("82", [(":method", "GET")]),
    "a request in Huffman's code": ("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
        [(":method", "GET"), (":scheme", "http"), (":path", "/"),
         (":authority", "www.example.com")]),
}  # fmt: skip


@pytest.mark.parametrize(("block", "headers"), HEADERS.values(), ids=HEADERS)
def test_a_block_and_its_headers(block: str, headers: list[tuple[str, str]]) -> None:
    assert Reader().read(bytes.fromhex(block)) == headers


def test_later_blocks_refer_to_earlier_ones() -> None:
    reader = Reader()
    reader.read(bytes.fromhex("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff"))
    assert reader.read(bytes.fromhex("8286 84be 5886 a8eb 1064 9cbf"))[3:] == [
        (":authority", "www.example.com"),
        ("cache-control", "no-cache"),
    ]
    # The table is made empty, so there is nothing to refer to.
    with pytest.raises(BadHeaders):
        reader.read(bytes.fromhex("20 be"))


@given(st.lists(st.tuples(st.text(min_size=1), st.text(max_size=300))))
def test_what_is_written_is_read(headers: list[tuple[str, str]]) -> None:
    assert Reader().read(written(headers)) == headers


@pytest.mark.parametrize("block", ["ff", "00 05 61", "41 8c f1", "fe"])
def test_a_broken_block_is_refused(block: str) -> None:
    with pytest.raises(BadHeaders):
        Reader().read(bytes.fromhex(block))


# A call over HTTP/2 -----------------------------------------------------------------------------


class Client:
    """Speaks frames by hand, and gives room for as little as it wants."""

    def __init__(self, link: socket.socket, window: int) -> None:
        self._file = link.makefile("rwb")
        self._file.write(PREFACE)
        self.write(4, 0, 0, struct.pack(">HI", 4, window))

    def write(self, kind: int, flags: int, stream: int, payload: bytes = b"") -> None:
        head = len(payload).to_bytes(3, "big") + struct.pack(">BBI", kind, flags, stream)
        self._file.write(head + payload)
        self._file.flush()

    def call(self, stream: int, path: str, body: bytes) -> None:
        self.write(1, 0x4, stream, written([(":method", "POST"), (":path", path)]))
        self.write(0, 0x1, stream, struct.pack(">BI", 0, len(body)) + body)

    def frames(self) -> Iterator[tuple[int, int, int, bytes]]:
        while head := self._file.read(9):
            kind, flags, stream = struct.unpack(">BBI", head[3:])
            yield kind, flags, stream, self._file.read(int.from_bytes(head[:3], "big"))


@pytest.fixture
def link() -> Iterator[socket.socket]:
    """The client's end of a session that answers `/twice` with all that it gets, twice."""
    ours, theirs = socket.socketpair()
    theirs.settimeout(60)

    def calls(path: str) -> Any:
        return {"/twice": lambda body: body * 2, "/broken": lambda body: body["no"]}.get(path)

    def serve() -> None:
        with ours:
            Session(ours, calls, "/last").serve()

    thread = threading.Thread(target=serve)
    thread.start()
    with theirs:
        yield theirs
        with contextlib.suppress(OSError):
            theirs.shutdown(socket.SHUT_RDWR)
        thread.join(60)
    assert not thread.is_alive()


def answered(client: Client, stream: int, window: int) -> tuple[bytes, dict[str, str]]:
    """The message and the trailers of a stream. Room is made only after what came filled it."""
    body, room, reader = b"", window, Reader()
    for kind, flags, of, payload in client.frames():
        if kind == 1:
            headers = dict(reader.read(payload))
        if of == stream and kind == 0:
            body, room = body + payload, room - len(payload)
            assert room >= 0
            if room == 0:
                room = window
                for one in (stream, 0):
                    client.write(8, 0, one, struct.pack(">I", window))
        if of == stream and kind == 1 and flags & 0x1:
            return body[5:], headers
    raise AssertionError("the connection ended first")


@pytest.mark.parametrize("window", [7, 16_384, 65_535])
def test_an_answer_keeps_to_the_room_that_it_is_given(link: socket.socket, window: int) -> None:
    client = Client(link, window)
    asked = bytes(range(256)) * (1 if window == 7 else 400)
    client.call(1, "/twice", asked)
    assert answered(client, 1, window) == (asked * 2, {"grpc-status": "0"})
    client.call(3, "/twice", b"again")
    assert answered(client, 3, window) == (b"againagain", {"grpc-status": "0"})


def test_what_cannot_be_answered_says_so(link: socket.socket) -> None:
    client = Client(link, 65_535)
    client.write(1, 0x4, 1, written([(":path", "/stream")]))
    _, trailers = answered(client, 1, 65_535)
    assert (trailers["grpc-status"], trailers["grpc-message"]) == ("12", "no /stream here")
    client.call(3, "/broken", b"")
    _, trailers = answered(client, 3, 65_535)
    assert trailers["grpc-status"] == "2" and "TypeError" in trailers["grpc-message"]


def test_a_client_that_goes_leaves_nothing_behind(link: socket.socket) -> None:
    client = Client(link, 3)
    client.call(1, "/twice", b"more than there is room for")
    assert next(frame for frame in client.frames() if frame[0] == 0)[3] == bytes(3)


def test_a_ping_is_answered_and_the_last_call_ends_it(link: socket.socket) -> None:
    client = Client(link, 65_535)
    client.write(6, 0, 0, b"12345678")
    client.call(1, "/last", b"")
    kinds = {(kind, flags, payload) for kind, flags, _, payload in client.frames()}
    assert (6, 0x1, b"12345678") in kinds
