"""The spellings in which a secret value can turn up inside other text.

A password in a Secret is also in the connection string that the chart rendered into a ConfigMap,
URL-encoded, and in an `auth` field, as base64 of `user:password`. Whoever masks a value has to
know these forms. Forms of base64 are fragments: the characters that are the same wherever in a
longer encoded text the value stands, one for each of the three alignments.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from msgspec import Struct

# Shorter fragments of an encoding would be found everywhere by chance.
_SHORTEST = 6

_WORD = re.compile(r"[A-Za-z]+([-_. ][A-Za-z]+)*")


class Form(Struct, frozen=True):
    """A text to look for. `word`: only between non-letters; `run`: with all base64 around it."""

    text: str
    word: bool = False
    run: bool = False


def forms(value: bytes) -> Iterator[Form]:
    """Every spelling of this value that is looked for."""
    text = _text(value)
    if text is not None:
        plain_word = len(text) < 16 and bool(_WORD.fullmatch(text))
        yield Form(text, word=plain_word)
        yield from (Form(one) for one in _escaped(text) if one != text)
    for encoded in (value, base64.b64encode(value)):
        yield from _base64(encoded)
    for digits in (value.hex(), base64.b32encode(value).decode().rstrip("=")):
        yield from (Form(one) for one in (digits, digits.upper(), digits.lower()))


def least_room(value: bytes) -> int:
    """How many characters a text has at least, blanks not counted, that holds any form of it."""
    text = _text(value)
    bare = len(value) if text is None else len("".join(text.split()))
    # Fragments of base64 lose their edges, and only of short values are they the shorter form.
    return bare if bare >= 16 else 0


def occurrences(form: Form, text: str) -> Iterator[tuple[int, int]]:
    """Where the form stands in the text: begin and end of each place."""
    at = text.find(form.text)
    while at >= 0:
        end = at + len(form.text)
        if not form.word or not (_letter(text, at - 1) or _letter(text, end)):
            yield _whole_run(text, at, end) if form.run else (at, end)
        at = text.find(form.text, at + 1)


def _text(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def _escaped(text: str) -> Iterable[str]:
    """As JSON, YAML, HTML, a shell and a URL write it."""
    for source in {text, text.replace("\n", "\r\n")}:
        for ascii_only in (True, False):
            inside = json.dumps(source, ensure_ascii=ascii_only)[1:-1]
            yield inside
            # Go's encoder writes these three as escapes, so that JSON can stand in HTML.
            yield inside.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
        yield json.dumps(json.dumps(source))[3:-3]
        for encoded in (quote(source, safe=""), quote(source), quote_plus(source)):
            yield encoded
            yield re.sub("%..", lambda match: match[0].lower(), encoded)
    yield text.replace("'", "''")
    yield text.replace("'", "'\\''")
    yield text.replace('"', '""')
    yield html.escape(text)
    yield html.escape(text, quote=False)


def _base64(value: bytes) -> Iterator[Form]:
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + value).decode()
        whole = (offset + len(value)) * 8 // 6
        fragment = encoded[(offset * 8 + 5) // 6 : whole]
        if len(fragment) >= _SHORTEST:
            for one in {fragment, fragment.translate(_URL_SAFE)}:
                yield Form(one, run=True)
                if quote(one, safe="") != one:
                    yield Form(quote(one, safe=""), run=True)


_URL_SAFE = str.maketrans("+/", "-_")
_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/=_-]")


def _whole_run(text: str, begin: int, end: int) -> tuple[int, int]:
    """The place, widened to all base64 around it: a fragment's edges share their bits."""
    while begin and not _NO_BASE64.match(text[begin - 1]):
        begin -= 1
    after = _NO_BASE64.search(text, end)
    return begin, after.start() if after else len(text)


def _letter(text: str, at: int) -> bool:
    return 0 <= at < len(text) and text[at].isalnum()
