"""Which charts may render to something else each time, and a render at another time of day.

Helm's templates have functions that give something new with each call. A chart that names one of
them, in its templates or in values that become templates, is rendered twice and compared. Two
renders of one moment would agree on the time, so the second has another one.
"""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

OTHER_OBJECTS = "the chart renders to other objects each time: what is random in it is not known"

_NEVER_RUN = (".md", "values.schema.json")

# What is read of an archive below charts/, unpacked; in bytes.
_LARGEST = 16 * 2**20

_FUNCTION = re.compile(
    rb"(?<![\w.$])(?:rand(?:Alpha|AlphaNum|Ascii|Numeric|Bytes|Int)|uuidv4|now|ago|shuffle|"
    rb"gen(?:PrivateKey|CA|SelfSignedCert|SignedCert)(?:WithKey)?|htpasswd|bcrypt|encryptAES|"
    rb"(?<!len \()(?:keys|values)(?![^}|]{0,500}\|\s*(?:sortAlpha|len)))(?![\w.:])"
)
_COMMENT = re.compile(rb"-?\s*/\*")
_END_OR_TEXT = re.compile(rb"""\}\}|"(?:\\.|[^"\\\n])*"|`[^`]*`""")
_ACTION = re.compile(rb"\{\{.*?\}\}", re.DOTALL)
_NOW = re.compile(rb"(?<![\w.$\"\-])now(?![\w.:\"\-])")

# Days, hours, minutes and seconds ago, so that no part of the time stays the same.
_AGO = ((1111 * 24 + 11) * 60 + 11) * 60 + 11


def suspicious(files: Mapping[str, bytes], values: Mapping[str, Any]) -> bool:
    """Whether a function that gives something new is named anywhere in a template."""
    return _calls("\n".join(_strings(values)).encode()) or _named(tuple(files.items()))


@lru_cache(maxsize=16)
def _named(files: tuple[tuple[str, bytes], ...]) -> bool:
    """The same of a chart's own files, which many Applications in a row share."""
    return any(map(_calls, _texts(files)))


def _calls(text: bytes) -> bool:
    if b"{{" not in text or not _FUNCTION.search(text):
        return False
    return any(_FUNCTION.search(one) for one in _actions(text))


def _actions(text: bytes) -> Iterator[bytes]:
    """The code between braces: without comments and texts, which may only speak of a function."""
    at = text.find(b"{{")
    while at >= 0:
        code, at = _action(text, at + 2)
        yield code
        at = text.find(b"{{", at)


def _action(text: bytes, at: int) -> tuple[bytes, int]:
    """The code of one action, and where it ends. A text with a template in it may be run."""
    if comment := _COMMENT.match(text, at):
        end = text.find(b"*/", comment.end())
        return b"", len(text) if end < 0 else end
    code = []
    while found := _END_OR_TEXT.search(text, at):
        code.append(text[at : found.start()])
        at = found.end()
        if found[0] == b"}}":
            return b" ".join(code), at
        if b"{{" in found[0]:
            code.append(found[0])
    return b" ".join([*code, text[at:]]), len(text)


def _strings(value: Any) -> Iterator[str]:
    """Every text in the values, where a template may stand."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _strings(one)


def at_another_time(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The chart, `now` in its templates being long ago."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - _AGO))
    past = f'(toDate "2006-01-02T15:04:05Z" "{moment}")'.encode()
    return {
        path: _ACTION.sub(lambda action: _NOW.sub(past, action[0]), data)
        if "templates/" in path and b"now" in data
        else data
        for path, data in files.items()
    }


def _texts(files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """Whatever may be run as a template: `tpl` takes files of any name, but nobody's manual."""
    for path, data in files:
        if not path.endswith(_NEVER_RUN):
            yield _unpacked(data) if path.endswith((".tgz", ".tar.gz")) else data


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(data, _LARGEST)
    except zlib.error:
        return b""
