"""gRPC: unary calls, each answered in a thread of its own.

A call that hangs must not keep another from being answered, least of all the one that says stop.
https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress

from trunkline.practice.plugin.hpack import Header
from trunkline.practice.plugin.http2 import Gone, Http2

OK, FAILED, UNIMPLEMENTED = 0, 2, 12

HEADERS = [(":status", "200"), ("content-type", "application/grpc")]

# Before each message: whether it is compressed, and its length.
PREFIX = 5

Answer = Callable[[bytes], bytes]


class Session:
    """One client. `calls` gives the function that answers a path, or None; a call to the path
    `last` ends it.
    """

    def __init__(
        self, link: socket.socket, calls: Callable[[str], Answer | None], last: str
    ) -> None:
        self._http = Http2(link)
        self._calls = calls
        self._last = last

    def serve(self) -> None:
        """Answer until the client goes."""
        for stream, path, body in self._http.requests():
            known = path == self._last or self._calls(path) is not None
            if body is None and not known:
                # Not later: a client may keep such a stream open for as long as it lives.
                self._http.end(stream, [*HEADERS, *_status(UNIMPLEMENTED, f"no {path} here")])
            elif body is not None and known:
                arguments = (stream, path, body[PREFIX:])
                threading.Thread(target=self._answer, args=arguments, daemon=True).start()

    def _answer(self, stream: int, path: str, asked: bytes) -> None:
        status, said = _status(OK), b""
        try:
            answer = self._calls(path)
            said = answer(asked) if answer else b""
        except Exception as error:
            status = _status(FAILED, f"{type(error).__name__}: {error}")
        with suppress(Gone):
            self._http.begin(stream, HEADERS)
            if status == _status(OK):
                self._http.send(stream, struct.pack(">BI", 0, len(said)) + said)
            self._http.end(stream, status)
        if path == self._last:
            self._http.hang_up()


def _status(code: int, message: str = "") -> list[Header]:
    """The trailers; a message is percent-encoded, as the protocol says."""
    said = [("grpc-status", str(code))]
    if message:
        plain = (char if " " <= char <= "~" and char != "%" else _escaped(char) for char in message)
        said.append(("grpc-message", "".join(plain)))
    return said


def _escaped(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode())
