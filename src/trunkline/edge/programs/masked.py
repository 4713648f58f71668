"""No secret that is known comes back in what a program prints.

Terraform masks what its configuration calls sensitive; a provider, a hook or a script that prints
a credential of the environment does not.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

MASK = "(masked)"

# A shorter value is also part of innocent words: a port, a region, "true".
SHORTEST = 6

# Words of a variable's name that say that its value is secret.
TELLING = re.compile(r"SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL|PRIVATE|ACCESS_?KEY|API_?KEY")
# What such a variable ends in when it only says where the secret is.
PLACES = ("_FILE", "_PATH", "_DIR", "_URL", "_URI")

# RFC 3986: `https://user:password@host`.
_PASSWORD = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#\s@:]*:([^/?#\s]+)@")

# `host=db password=…` of PG_CONN_STR, `passphrase = "…"` of TF_ENCRYPTION, as JSON too.
_NAMED = re.compile(
    r"""(?ix)\b \w*(?:passw(?:or)?d|passphrase|secret|token) ["']? \s*[=:]\s*
    (?:"((?:[^"\\]|\\.)*)" | '((?:[^'\\]|\\.)*)' | ([^\s"',;}]+))"""
)

# Go's JSON writes these so (encoding/json, HTMLEscape).
_GO = {"<": r"\u003c", ">": r"\u003e", "&": r"\u0026"}


class Mask:
    """Covers the secrets that it is given, in each spelling in which a program may print them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        ordered = sorted(forms, key=lambda form: (-len(form), form))
        self._known = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to cover."""
        return self._known is None

    def __call__(self, text: str) -> str:
        return self._known.sub(MASK, text) if self._known else text


def masked_texts(value: Any, secrets: Iterable[str]) -> Any:
    """A value as JSON has it with each of its texts covered, its keys too."""
    mask = Mask(secrets)
    return value if mask.is_empty else _masked(value, mask)


def _masked(value: Any, mask: Mask) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {mask(key): _masked(one, mask) for key, one in value.items()}
    return [_masked(one, mask) for one in value] if isinstance(value, list) else value


def secrets_of(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The values of the variables whose names say that they are secret, and in all others the
    passwords of addresses (a proxy, a database) and what is named like a secret.
    """
    told = (value for name, value in environment.items() if _tells(name, value))
    found = (_PASSWORD.match(value) for value in environment.values())
    passwords = [one[1] for one in found if one]
    named = (one for value in environment.values() for one in _named(value))
    return tuple(dict.fromkeys((*told, *passwords, *map(unquote, passwords), *named)))


def _named(value: str) -> Iterator[str]:
    return (one[1] or one[2] or one[3] for one in _NAMED.finditer(value) if one[one.lastindex or 0])


def _tells(name: str, value: str) -> bool:
    if name.upper().endswith(PLACES) or TELLING.search(name.upper()) is None:
        return False
    # GOOGLE_APPLICATION_CREDENTIALS and its like hold a path, or the key itself.
    return not (value.startswith("/") and value.count("/") > 1 and value.isprintable())


def _forms(secret: str) -> Iterator[str]:
    """As it is, as JSON and as base64 write it; each line of one that has several."""
    for text in {secret, *secret.splitlines()}:
        if len(text.strip()) >= SHORTEST:
            quoted = json.dumps(text, ensure_ascii=False)[1:-1]
            yield text
            yield quoted
            yield "".join(_GO.get(char, char) for char in quoted)
            yield b64encode(text.encode()).decode()
