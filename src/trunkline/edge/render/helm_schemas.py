"""Schemas of values that a render cannot use as they are: those to be skipped, and those that name
schemas elsewhere, which Helm would fetch while a render has no network.

They lie in the chart, in the charts below it, and in the archives of such.
https://helm.sh/docs/topics/charts/#schema-files
"""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urldefrag, urljoin

Change = Callable[[bytes], bytes | None]
"""What a schema becomes, None for nothing."""

UNFETCHED = 'failing loading "http'
"""How the library says that it wanted a schema from elsewhere."""

_SCHEMA = re.compile(r"(?:charts/[^/]+/)*values\.schema\.json")
_ARCHIVE = re.compile(r"(?:charts/[^/]+/)*charts/[^/]+\.tgz")

# Where other keywords beside a $ref count; before, a $ref stood alone.
_NEWER = ("2019-09", "2020-12")

# Keywords that refuse more where a part of them, or what stands beside them, asks for less.
_CONTRARY = frozenset({"not", "oneOf", "if"})
_UNEVALUATED = frozenset({"unevaluatedProperties", "unevaluatedItems"})


def without_schemas(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """A chart's files without any schema."""
    return _changed(files, lambda _: None)


def without_remote(files: Mapping[str, bytes]) -> tuple[dict[str, bytes], list[str]]:
    """A chart's files with schemas that name none of elsewhere, and the addresses they named."""
    named: set[str] = set()

    def change(data: bytes) -> bytes:
        try:
            schema = json.loads(data)
        except ValueError:
            return data  # Helm says what is wrong with it.
        local = _Localised(schema)
        named.update(local.named)
        return json.dumps(local.schema).encode() if local.named else data

    return _changed(files, change), sorted(named)


def unchecked(address: str) -> str:
    """The warning for a schema that is not asked."""
    return f"values are not checked against {address}: it lies elsewhere, and is not fetched"


def _changed(files: Mapping[str, bytes], change: Change) -> dict[str, bytes]:
    found = {}
    for path, data in files.items():
        new: bytes | None = data
        if _SCHEMA.fullmatch(path):
            new = change(data)
        elif _ARCHIVE.fullmatch(path):
            new = _repacked(data, change)
        if new is not None:
            found[path] = new
    return found


def _repacked(data: bytes, change: Change) -> bytes:
    """The archive of a chart with its schemas changed; the same where none is."""
    try:
        files = dict(_members(data))
    except (tarfile.TarError, OSError, EOFError):
        return data
    inner = {path.partition("/")[2]: text for path, text in files.items()}
    after = _changed(inner, change)
    if after == inner:
        return data
    tops = {path.partition("/")[2]: path.partition("/")[0] for path in files}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as packed:
        for path, text in after.items():
            member = tarfile.TarInfo(f"{tops[path]}/{path}")
            member.size = len(text)
            packed.addfile(member, io.BytesIO(text))
    return gzip.compress(buffer.getvalue(), compresslevel=0, mtime=0)


def _members(data: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as packed:
        for member in packed:
            if member.isfile() and (file := packed.extractfile(member)):
                yield member.name.removeprefix("./"), file.read()


class _Localised:
    """A schema without what it takes from elsewhere: `named` are the addresses of that. Nothing
    that the whole schema takes is refused by what is left of it.
    """

    def __init__(self, schema: Any) -> None:
        self.named: set[str] = set()
        self._left_out = 0
        self._own = {urldefrag(one).url for one in _ids(schema)}
        root = schema if isinstance(schema, dict) else {}
        self._alone = not any(one in str(root.get("$schema", _NEWER)) for one in _NEWER)
        self.schema = self._without(schema, "")

    def _without(self, value: Any, base: str) -> Any:
        if isinstance(value, list):
            return [self._without(one, base) for one in value]
        if not isinstance(value, dict):
            return value
        base, before = urljoin(base, _id(value)), self._left_out
        reference = value.get("$ref")
        if isinstance(reference, str) and self._is_elsewhere(address := urljoin(base, reference)):
            self.named.add(urldefrag(address).url)
            self._left_out += 1
            if self._alone:
                return {}
            value = {key: one for key, one in value.items() if key != "$ref"}
        return self._kept(value, base, before)

    def _kept(self, value: Mapping[str, Any], base: str, before: int) -> dict[str, Any]:
        """The parts of a subschema, but for those that would refuse more than they did; so many
        references were left out `before` it."""
        found = {}
        for key, one in value.items():
            now = self._left_out
            part = self._without(one, base)
            if not (key in _CONTRARY and self._left_out > now):
                found[key] = part
        gone = _UNEVALUATED if self._left_out > before else ()
        return {key: one for key, one in found.items() if key not in gone}

    def _is_elsewhere(self, address: str) -> bool:
        is_web = address.lower().startswith(("http://", "https://"))
        return is_web and urldefrag(address).url not in self._own


def _ids(value: Any, base: str = "") -> Iterator[str]:
    """The addresses that parts of a schema have themselves."""
    if isinstance(value, list):
        for one in value:
            yield from _ids(one, base)
    elif isinstance(value, dict):
        if own := _id(value):
            base = urljoin(base, own)
            yield base
        for one in value.values():
            yield from _ids(one, base)


def _id(schema: Mapping[str, Any]) -> str:
    found = schema.get("$id", schema.get("id"))
    return found if isinstance(found, str) else ""
