"""`index.yaml` of a chart repository: which versions of one chart there are, and where.

An index of ten thousand versions is tens of megabytes of YAML, and a minute of parsing. Helm
writes it in block style, one key per chart, so the lines of the one chart are cut out and only
they are parsed. A text that is written otherwise is parsed whole, up to a bound.
https://helm.sh/docs/topics/chart_repository/#the-index-file
"""

from __future__ import annotations

import re
from typing import Any

import orjson
from msgspec import Struct

from trunkline.core.semver import NotAVersion, Version
from trunkline.core.yaml import YamlError, load

# Parsed whole only up to this size, in bytes: some seconds of work.
WHOLE = 8 * 2**20

_ENTRIES = re.compile(rb"^entries:[ \t]*(?:#[^\n]*)?\r?\n", re.MULTILINE)
_KEY = re.compile(rb"^( *)[^\s#-]", re.MULTILINE)


class BadIndex(ValueError):
    """An index that cannot be read."""


class Release(Struct, frozen=True):
    """One version of a chart. `digest` is the archive's SHA-256 in hex, "" where none is given."""

    version: str
    urls: tuple[str, ...]
    digest: str = ""


def releases(data: bytes, chart: str) -> tuple[Release, ...]:
    """The versions of a chart, () for a chart that is not in it. Raises BadIndex.

    Entries that Helm would not load (no version, a version that is none) are passed over.
    """
    listed = _listed(data, chart)
    if not isinstance(listed, list):
        raise BadIndex(f"entries.{chart} is no list")
    found = (_release(one) for one in listed if isinstance(one, dict))
    return tuple(one for one in found if one is not None)


def _listed(data: bytes, chart: str) -> Any:
    if data.lstrip()[:1] == b"{":
        try:
            return _of_whole(orjson.loads(data), chart)
        except orjson.JSONDecodeError:
            pass
    try:
        lines = _lines_of(data, chart)
        if lines is not None:
            return load(lines)[chart] or [] if lines else []
    except (YamlError, KeyError, TypeError):
        pass  # An alias to somewhere else in the file, for example.
    if len(data) > WHOLE:
        raise BadIndex(f"it is {len(data) // 2**20} MiB and not written as Helm writes it")
    try:
        return _of_whole(load(data), chart)
    except YamlError as error:
        raise BadIndex(f"line {error.line}: {error}") from None


def _of_whole(index: Any, chart: str) -> Any:
    if not isinstance(index, dict) or not isinstance(index.get("entries") or {}, dict):
        raise BadIndex("it is no index of charts: it has no map of entries")
    return (index.get("entries") or {}).get(chart) or []


def _lines_of(data: bytes, chart: str) -> bytes | None:
    """The chart's lines, key included; b"" where it has none, None in an index of another style."""
    start = _ENTRIES.search(data)
    first = _KEY.search(data, start.end()) if start else None
    if start is None or first is None:
        return None
    indent = len(first[1])
    if indent == 0:
        return b""
    name = re.escape(chart.encode())
    key = re.compile(
        rb"^ {%d}(?:%s|\"%s\"|'%s'):[ \t]*(?:#[^\n]*)?\r?\n" % (indent, name, name, name), re.M
    )
    end = re.compile(rb"^ {0,%d}[^\s#-]" % indent, re.MULTILINE)
    last = re.compile(rb"^[^\s#-]", re.MULTILINE).search(data, start.end())
    found = key.search(data, start.end(), last.start() if last else len(data))
    if found is None:
        return b"" if _plain(data, start.end(), indent) else None
    until = end.search(data, found.end())
    return data[found.start() : until.start() if until else len(data)]


def _plain(data: bytes, at: int, indent: int) -> bool:
    """Whether the first key is written in the way that the search above expects."""
    return bool(
        re.compile(rb"^ {%d}[\"']?[\w.-]+[\"']?:[ \t]*\r?\n" % indent, re.M).search(data, at)
    )


def _release(entry: dict[str, Any]) -> Release | None:
    version, urls = str(entry.get("version") or ""), entry.get("urls") or []
    try:
        Version.parse(version)
    except NotAVersion:
        return None
    if not isinstance(urls, list):
        return None
    digest = str(entry.get("digest") or "").removeprefix("sha256:").lower()
    return Release(version, tuple(str(one) for one in urls), digest)
