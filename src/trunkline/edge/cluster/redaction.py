"""No value of a Secret, and nothing that says who we are, comes back in an error: API servers and
the proxies before them quote what they refuse."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any

MASK = "(masked)"
HOLDERS = ("data", "stringData")

# A value of this length or less is also part of innocent words; the quotes below catch it.
SHORTEST = 3

# How a typed patch quotes what it got: `got &value.valueUnstructured{Value:12}`.
QUOTED = re.compile(r"\{Value:[^}]*\}")


def unquoted(answer: bytes, headers: Mapping[str, str]) -> bytes:
    """The answer without the credentials that the request's headers held."""
    credentials = headers.get("Authorization", "").rpartition(" ")[2]
    for form in {credentials, _decoded(credentials), _decoded(credentials).rpartition(":")[2]}:
        if len(form) > SHORTEST:
            answer = answer.replace(form.encode(), MASK.encode())
    return answer


def redacted(text: str, body: Any) -> str:
    """The text without any value of a Secret, as it stands or decoded.

    `body` is what was sent: the Secret, a merge patch of it, or a JSON patch (RFC 6902).
    """
    for value in sorted(set(_values(body)), key=len, reverse=True):
        text = text.replace(value, MASK)
    return QUOTED.sub(MASK, text)


def _values(body: Any) -> Iterator[str]:
    if isinstance(body, dict):
        held = [body.get(holder) for holder in HOLDERS]
    else:
        held = [one.get("value") for one in body or () if isinstance(one, dict)]
    for leaf in _leaves(held):
        for form in (leaf, _decoded(leaf)):
            if len(form) > SHORTEST:
                yield form


def _leaves(value: Any) -> Iterator[str]:
    """Every text or number in it; no name of a field."""
    inner = value.values() if isinstance(value, dict) else value
    if isinstance(inner, str) or not hasattr(inner, "__iter__"):
        yield str(inner)
        return
    for one in inner:
        yield from _leaves(one)


def _decoded(value: str) -> str:
    try:
        return b64decode(value, validate=True).decode()
    except ValueError:
        return ""
