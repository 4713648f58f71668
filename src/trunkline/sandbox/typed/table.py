"""The table of built-in kinds as types, each built when it is first asked for."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import orjson
from msgspec.structs import replace

from trunkline.sandbox.typed.schema import ANYTHING, Anything, ListOf, MapOf, Scalar, Struct, Type

Json = dict[str, Any]

_built: dict[str, Struct] = {}
_scalars: dict[str, Scalar] = {}


@cache
def table() -> Json:
    """What the pinned API server says of its own kinds: `resources` and `types`."""
    file = resources.files("trunkline.sandbox.kinds") / "builtin.json"
    found: Json = orjson.loads(file.read_bytes())
    return found


def struct(name: str) -> Struct:
    """A built-in struct by its short name, for example `api.apps.v1.Deployment`."""
    found = _built.get(name)
    if found is None:
        entry = table()["types"][name]
        found = _built[name] = Struct(
            name,
            required=tuple(entry.get("required", ())),
            defaults=entry.get("defaults", {}),
            atomic=entry.get("atomic", False),
            omitted=frozenset(entry.get("omitted", ())),
            numbers=entry.get("numbers", {}),
        )
        found.fields.update((key, _type(one)) for key, one in entry["fields"].items())
    return found


def _type(one: Any) -> Type:
    if isinstance(one, str):
        return struct(one[1:]) if one.startswith("#") else _scalar(one)
    if "struct" in one:
        return _atomic(struct(one["struct"][1:]))
    if "map" in one:
        return MapOf(_type(one["map"]), one.get("atomic", False))
    by = one.get("by", ())
    if by == "set":
        return ListOf(_type(one["list"]), unique=True, merge=one.get("merge"))
    return ListOf(_type(one["list"]), keys=tuple(sorted(by)), merge=one.get("merge"))


def _scalar(word: str) -> Scalar | Anything:
    return ANYTHING if word == "any" else _scalars.setdefault(word, Scalar(word))


def _atomic(of: Struct) -> Struct:
    return replace(of, atomic=True)


META = "meta.v1.ObjectMeta"
