"""What one line of YAML in block style says, whatever stands around it; `core/block` puts lines
together.

Only what is plain enough to be sure of: a key or a dash or both, and behind them a scalar, a list
of scalars or a map in flow style on the same line, the `|` of a text, or nothing.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from trunkline.core import scalar


class Unsure(Exception):
    """This is for `core/yaml` to read."""


SCALAR, QUOTE, FLOW, TEXT, BELOW, BARE, NOTHING = range(7)
"""What stands behind a key or dash: a scalar; one in quotes that goes on below; a list or map, as
JSON; the `|` of a text; nothing, it is below. Or a line has no key nor dash (what it says hangs on
the line before), or is empty or a comment."""

Behind = tuple[int, Any]

Line = tuple[int, int, str | None, int, Any]
"""The column of its dash (-1: none), that of what follows, its key (None: none), what is behind."""

KEPT = "\n+"
"""All line breaks at a text's end; else it has the one here, or none."""

# What is nested deeper than this, or stands further in, may be too deep for Python or for Go.
_DEEP = 120
_LINE = re.compile(
    r"""(\ {0,120})(-\ {1,8})?
    (?:([A-Za-z0-9_./$][A-Za-z0-9_./$-]{0,200}|"[^"\\]{0,200}"|'[^']{0,200}'):(?:\ +|$))?
    ((?!\ ).*)""",
    re.VERBOSE,
)
_DOUBLE, _SINGLE = r'[^"\\]*(?:\\["\\/nrt][^"\\]*)*', r"[^']*(?:''[^']*)*"
_INSIDE = {'"': re.compile(_DOUBLE), "'": re.compile(_SINGLE)}
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {'"': '"', "\\": "\\", "/": "/", "n": "\n", "r": "\r", "t": "\t"}
_MEMBER = rf""""{_DOUBLE}"|'{_SINGLE}'|[A-Za-z0-9_./$][A-Za-z0-9_./$-]*"""
_MEMBERS = re.compile(_MEMBER)
_LIST = re.compile(rf"\[ *(?:{_MEMBER})(?: *, *(?:{_MEMBER}))* *\]")
# Of JSON what YAML spells alike: fractions are left out, and keys longer than it takes.
_JSON = re.compile(
    rf"""\{{(?:"[^"\\]{{0,400}}":\ ?|[{{}}\[\]]|,\ ?
    |(?:"{_DOUBLE}"|null|true|false|0|-?[1-9][0-9]{{0,17}})(?=[,\]}}]))*+""",
    re.VERBOSE,
)
_REMARK = re.compile(r"(?: +(?:#.*)?)?")
_INDICATORS = frozenset("-?:,[]{}#&*!|>'\"%@`")
_SIGNS: dict[str, Behind] = {
    "{}": (FLOW, b"{}"),
    "[]": (FLOW, b"[]"),
    "|": (TEXT, "\n"),
    "|-": (TEXT, ""),
    "|+": (TEXT, KEPT),
}

# Most lines come again and again: what the short ones say is kept, until they are too many.
_SHORT, _MOST = 200, 20_000
known: dict[str, Line] = {}


def learned(line: str) -> Line:
    """What the line says; asked of those that are not `known`. Raises Unsure."""
    found = _said(line)
    if len(line) <= _SHORT:
        if len(known) >= _MOST:
            known.clear()
        known[line] = found
    return found


def _said(line: str) -> Line:
    steps, dash, key, rest = parts(line)
    at = len(steps)
    if dash is None and key is None:
        kind = BARE if rest and rest[0] != "#" else NOTHING
        return -1, at, None, kind, rest
    kind, value = behind(rest)
    if key is not None:
        key = _key(key)
    elif kind == BELOW:
        raise Unsure
    return (-1, at, key, kind, value) if dash is None else (at, at + len(dash), key, kind, value)


def parts(line: str) -> tuple[str, str | None, str | None, str]:
    """Its spaces, its dash with spaces, its key as it is written, what stands behind them."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise Unsure
    return found[1], found[2], found[3], found[4]


def _key(text: str) -> str:
    if text[0] in "\"'":
        return text[1:-1]
    try:
        return scalar.key(scalar.PLAIN, text)
    except ValueError:
        raise Unsure from None


def behind(text: str) -> Behind:
    """What stands behind a dash or a key. Raises Unsure."""
    if not text or text[0] == "#":
        return BELOW, None
    if is_plain(text):
        return SCALAR, plain(text.partition(" #")[0].rstrip(" "))
    if text[0] in "\"'":
        ends = closed(text, 1, text[0])
        return (SCALAR, unquoted(text[: ends + 1])) if ends >= 0 else (QUOTE, text)
    return _flow(text.rstrip(" "))


def is_plain(text: str) -> bool:
    """Whether it begins as a scalar without quotes does."""
    return text[0] not in _INDICATORS or (text[0] == "-" and bool(text[1:2].strip(" ")))


def plain(text: str) -> Any:
    """The value of a scalar without quotes. Raises Unsure."""
    if ": " in text or " #" in text or text[-1] == ":":
        raise Unsure
    try:
        return scalar.meaning(scalar.PLAIN, text)
    except ValueError:
        raise Unsure from None


def closed(text: str, start: int, quote: str) -> int:
    """Where the quotes end that are open at `start`, -1: not on this line. Raises Unsure."""
    found = _INSIDE[quote].match(text, start)
    end = found.end() if found else start
    if end == len(text):
        return -1
    if text[end] != quote or not _REMARK.fullmatch(text, end + 1):
        raise Unsure
    return end


def unquoted(text: str) -> str:
    """What stands between quotes."""
    inner = text[1:-1]
    if text[0] == "'":
        return inner.replace("''", "'")
    return _ESCAPE.sub(lambda one: _ESCAPED[one[1]], inner) if "\\" in inner else inner


def _flow(text: str) -> Behind:
    if text in _SIGNS:
        return _SIGNS[text]
    if _LIST.fullmatch(text):
        return FLOW, orjson.dumps([_member(one) for one in _MEMBERS.findall(text)])
    if _JSON.fullmatch(text):
        return FLOW, _json(text)
    raise Unsure


def _member(text: str) -> Any:
    return unquoted(text) if text[0] in "\"'" else plain(text)


def _json(text: str) -> bytes:
    try:
        _check_depth(orjson.loads(text), _DEEP)
    except ValueError:
        raise Unsure from None
    return text.encode()


def _check_depth(value: Any, most: int) -> None:
    if most == 0:
        raise Unsure
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            _check_depth(one, most - 1)
