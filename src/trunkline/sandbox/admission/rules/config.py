"""Rules of ConfigMaps and Secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from trunkline.sandbox.admission.rules.fields import forbidden, required, unchanged, wrong
from trunkline.sandbox.errors import Cause

Json = dict[str, Any]

_KEY = re.compile(r"[-._a-zA-Z0-9]+\Z")
_KEY_RULE = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "
    "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)
SIZE_LIMIT = 1024 * 1024
_WHEN_SET = "field is immutable when `immutable` is set"

# The keys that a typed Secret must have.
_TYPED = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}


def config_map(new: Json, old: Json | None) -> Iterator[Cause]:
    yield from _keys(new, "data", "binaryData")
    yield from _frozen(new, old, "data", "binaryData")


def secret(new: Json, old: Json | None) -> Iterator[Cause]:
    yield from _keys(new, "data")
    for key in _TYPED.get(str(new.get("type")), ()):
        if key not in (new.get("data") or {}):
            yield required(f"data[{key}]")
    yield from unchanged(new, old, "type")
    yield from _frozen(new, old, "data")


def _keys(obj: Json, *fields: str) -> Iterator[Cause]:
    size = 0
    for field in fields:
        for key, value in sorted((obj.get(field) or {}).items()):
            size += len(value)
            if not _KEY.match(key):
                yield wrong(f"{field}[{key}]", key, _KEY_RULE)
    if size > SIZE_LIMIT:
        said = f"Too long: may not be more than {SIZE_LIMIT} bytes"
        yield Cause("FieldValueTooLong", said, "")


def _frozen(new: Json, old: Json | None, *fields: str) -> Iterator[Cause]:
    if old is None or not old.get("immutable"):
        return
    for field in (*fields, "immutable"):
        if new.get(field) != old.get(field):
            yield forbidden(field, _WHEN_SET)
