"""No value of a Secret comes back in an error: API servers quote what they refuse."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any

from trunkline.core.manifest import Manifest

MASK = "(masked)"
HOLDERS = ("data", "stringData")

# A value of this length or less is also part of innocent words; the quotes below catch it.
SHORTEST = 3

# How a typed patch quotes what it got: `got &value.valueUnstructured{Value:12}`.
QUOTED = re.compile(r"\{Value:[^}]*\}")


def redacted(text: str, secret: Manifest) -> str:
    """The text without any value that this Secret holds, as it stands there or decoded."""
    for value in sorted(_values(secret), key=len, reverse=True):
        text = text.replace(value, MASK)
    return QUOTED.sub(MASK, text)


def _values(secret: Mapping[str, Any]) -> Iterator[str]:
    for holder in HOLDERS:
        entries = secret.get(holder)
        for value in entries.values() if isinstance(entries, dict) else ():
            for form in (str(value), _decoded(str(value))):
                if len(form) > SHORTEST:
                    yield form


def _decoded(value: str) -> str:
    try:
        return b64decode(value, validate=True).decode()
    except ValueError:
        return ""
