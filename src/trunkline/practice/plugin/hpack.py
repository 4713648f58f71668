"""Headers of HTTP/2, read as far as a client's may go, and written in the plainest way.

https://www.rfc-editor.org/rfc/rfc7541
"""

from __future__ import annotations

from collections.abc import Iterator

Header = tuple[str, str]

TABLE_SIZE = 4096
_OVERHEAD = 32

# Appendix A: the names; of the values only those that a request has.
_NAMES = """
:authority :method :method :path :path :scheme :scheme :status :status :status :status :status
:status :status accept-charset accept-encoding accept-language accept-ranges accept
access-control-allow-origin age allow authorization cache-control content-disposition
content-encoding content-language content-length content-location content-range content-type cookie
date etag expect expires from host if-match if-modified-since if-none-match if-range
if-unmodified-since last-modified link location max-forwards proxy-authenticate
proxy-authorization range referer refresh retry-after server set-cookie strict-transport-security
transfer-encoding user-agent vary via www-authenticate
""".split()
_SAID = {2: "GET", 3: "POST", 4: "/", 5: "/index.html", 6: "http", 7: "https", 8: "200"}
STATIC = tuple((name, _SAID.get(at, "")) for at, name in enumerate(_NAMES, 1))

# Appendix B is a canonical code: the characters of each length in their order say it all. Those of
# more than 19 bits are no text.
_HUFFMAN = {
    5: "012aceiost",
    6: " %-./3456789=A_bdfghlmnpru",
    7: ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz",
    8: "&*,;XZ",
    10: '!"()?',
    11: "'+|",
    12: "#>",
    13: "\0$@[]~",
    14: "^}",
    15: "<`{",
    19: "\\",
}


class BadHeaders(ValueError):
    """A block that cannot be read."""


class Reader:
    """Reads the blocks of one connection, in their order: each may refer to the ones before."""

    def __init__(self) -> None:
        self._recent: list[Header] = []
        self._room = TABLE_SIZE

    def read(self, block: bytes) -> list[Header]:
        """Raises BadHeaders."""
        try:
            return list(self._headers(block))
        except (IndexError, KeyError, UnicodeDecodeError) as error:
            raise BadHeaders(f"headers that cannot be read: {error!r}") from None

    def _headers(self, block: bytes) -> Iterator[Header]:
        at = 0
        while at < len(block):
            first = block[at]
            if first & 0x80:
                index, at = _number(block, at, 7)
                yield self._known(index)
            elif first & 0xC0 == 0x40:
                header, at = self._literal(block, at, 6)
                self._keep(header)
                yield header
            elif first & 0xE0 == 0x20:
                self._room, at = _number(block, at, 5)
                self._trim()
            else:
                header, at = self._literal(block, at, 4)
                yield header

    def _known(self, index: int) -> Header:
        if index <= len(STATIC):
            return STATIC[index - 1]
        return self._recent[index - len(STATIC) - 1]

    def _literal(self, block: bytes, at: int, bits: int) -> tuple[Header, int]:
        index, at = _number(block, at, bits)
        if index:
            name = self._known(index)[0]
        else:
            name, at = _text(block, at)
        value, at = _text(block, at)
        return (name, value), at

    def _keep(self, header: Header) -> None:
        self._recent.insert(0, header)
        self._trim()

    def _trim(self) -> None:
        while sum(len(name) + len(value) + _OVERHEAD for name, value in self._recent) > self._room:
            self._recent.pop()


def written(headers: list[Header]) -> bytes:
    """A block that refers to nothing, with short texts as they are."""
    parts = (bytes([0]) + _plain(name) + _plain(value) for name, value in headers)
    return b"".join(parts)


def _plain(text: str) -> bytes:
    data = text.encode()
    return _numbered(len(data)) + data


def _numbered(value: int) -> bytes:
    """Section 5.1, after seven bits."""
    if value < 127:
        return bytes([value])
    out, value = bytearray([127]), value - 127
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(block: bytes, at: int, bits: int) -> tuple[int, int]:
    most = (1 << bits) - 1
    value = block[at] & most
    at += 1
    if value < most:
        return value, at
    shift = 0
    while True:
        byte = block[at]
        at += 1
        value += (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def _text(block: bytes, at: int) -> tuple[str, int]:
    packed = block[at] & 0x80
    size, at = _number(block, at, 7)
    data = block[at : at + size]
    if len(data) < size:
        raise IndexError("a text is cut off")
    return _unpacked(data) if packed else data.decode(), at + size


def _codes() -> dict[tuple[int, int], str]:
    """(length, code) → character."""
    found, code, last = {}, 0, 0
    for length, characters in _HUFFMAN.items():
        code <<= length - last
        last = length
        for character in characters:
            found[length, code] = character
            code += 1
    return found


_CODES = _codes()


def _unpacked(data: bytes) -> str:
    """What is left at the end is padding: the beginning of a code of ones."""
    out = []
    code = length = 0
    for byte in data:
        for bit in range(7, -1, -1):
            code = code << 1 | byte >> bit & 1
            length += 1
            if (length, code) in _CODES:
                out.append(_CODES[length, code])
                code = length = 0
    if length > 7 or code != (1 << length) - 1:
        raise KeyError("a character that is no text")
    return "".join(out)
