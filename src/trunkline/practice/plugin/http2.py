"""HTTP/2 for one client on one socket, as a server of unary calls needs it.

https://www.rfc-editor.org/rfc/rfc9113
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress

from trunkline.practice.plugin.hpack import Header, Reader, written

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 8, 9
END_STREAM = ACK = 0x1
END_HEADERS, PADDED, PRIORITY = 0x4, 0x8, 0x20
INITIAL_WINDOW, MAX_FRAME = 4, 5

# What a client may send before we make room: more than it ever will on one stream.
WIDEST = 2**31 - 1
USUAL_WINDOW, USUAL_FRAME = 65_535, 16_384


class Gone(Exception):
    """The client is not there any more."""


class Http2:
    """Gives the requests that come in; answers may be sent from any thread. Raises Gone."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._input = b""
        self._reader = Reader()
        self._open: dict[int, tuple[str, bytearray]] = {}
        # One thread at a time writes; one with more to say than there is room for waits.
        self._turn = threading.Condition()
        self._frame = USUAL_FRAME
        self._first_window = USUAL_WINDOW
        self._window = USUAL_WINDOW
        self._windows: dict[int, int] = {}

    def requests(self) -> Iterator[tuple[int, str, bytes | None]]:
        """(stream, path, body) of each, until the client goes: first without a body, when it is
        opened, then with the whole of it.
        """
        try:
            self._write(SETTINGS, 0, 0, struct.pack(">HI", INITIAL_WINDOW, WIDEST))
            self._make_room(WIDEST - USUAL_WINDOW)
            self._take(len(PREFACE))
            while True:
                yield from self._frame_in()
        except Gone:
            return

    def begin(self, stream: int, headers: list[Header]) -> None:
        with self._turn:
            self._write(HEADERS, END_HEADERS, stream, written(headers))

    def send(self, stream: int, body: bytes) -> None:
        """Send it as the client makes room for it."""
        with self._turn:
            while body:
                room = min(len(body), self._window, self._windows.get(stream, 0), self._frame)
                if room <= 0:
                    self._turn.wait()
                    continue
                self._write(DATA, 0, stream, body[:room])
                self._window -= room
                self._windows[stream] -= room
                body = body[room:]

    def end(self, stream: int, headers: list[Header]) -> None:
        with self._turn:
            self._write(HEADERS, END_HEADERS | END_STREAM, stream, written(headers))
            self._windows.pop(stream, None)

    def hang_up(self) -> None:
        """Read no more."""
        with suppress(OSError):
            self._link.shutdown(socket.SHUT_RD)

    def _frame_in(self) -> Iterator[tuple[int, str, bytes | None]]:
        kind, flags, stream, payload = self._read_frame()
        if kind == HEADERS:
            block = _unpadded(flags, payload)[5 if flags & PRIORITY else 0 :]
            path = dict(self._reader.read(self._whole_block(flags, block))).get(":path", "")
            self._open[stream] = path, bytearray()
            with self._turn:
                self._windows[stream] = self._first_window
            yield stream, path, None
        elif kind == DATA:
            if stream in self._open:
                self._open[stream][1].extend(_unpadded(flags, payload))
            if payload:
                self._make_room(len(payload))
        else:
            self._control(kind, flags, stream, payload)
        if kind in (HEADERS, DATA) and flags & END_STREAM and stream in self._open:
            path, body = self._open.pop(stream)
            yield stream, path, bytes(body)

    def _whole_block(self, flags: int, block: bytes) -> bytes:
        while not flags & END_HEADERS:
            _, flags, _, more = self._read_frame()
            block += more
        return block

    def _control(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == SETTINGS and not flags & ACK:
            self._set(payload)
            self._write(SETTINGS, ACK, 0, b"")
        elif kind == PING and not flags & ACK:
            self._write(PING, ACK, 0, payload)
        elif kind == WINDOW_UPDATE:
            self._widen(stream, struct.unpack(">I", payload)[0])
        elif kind == RST_STREAM:
            self._open.pop(stream, None)

    def _set(self, payload: bytes) -> None:
        with self._turn:
            for at in range(0, len(payload), 6):
                key, value = struct.unpack_from(">HI", payload, at)
                if key == MAX_FRAME:
                    self._frame = value
                elif key == INITIAL_WINDOW:
                    for stream in self._windows:
                        self._windows[stream] += value - self._first_window
                    self._first_window = value
            self._turn.notify_all()

    def _widen(self, stream: int, by: int) -> None:
        with self._turn:
            if stream == 0:
                self._window += by
            elif stream in self._windows:
                self._windows[stream] += by
            self._turn.notify_all()

    def _make_room(self, size: int) -> None:
        self._write(WINDOW_UPDATE, 0, 0, struct.pack(">I", size))

    def _read_frame(self) -> tuple[int, int, int, bytes]:
        head = self._take(9)
        size = int.from_bytes(head[:3], "big")
        kind, flags, stream = struct.unpack(">BBI", head[3:])
        return kind, flags, stream & 0x7FFF_FFFF, self._take(size)

    def _take(self, size: int) -> bytes:
        while len(self._input) < size:
            try:
                more = self._link.recv(2**16)
            except OSError:
                more = b""
            if not more:
                raise Gone
            self._input += more
        taken, self._input = self._input[:size], self._input[size:]
        return taken

    def _write(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        head = len(payload).to_bytes(3, "big") + struct.pack(">BBI", kind, flags, stream)
        try:
            with self._turn:
                self._link.sendall(head + payload)
        except OSError:
            raise Gone from None


def _unpadded(flags: int, payload: bytes) -> bytes:
    return payload[1 : len(payload) - payload[0]] if flags & PADDED else payload
