"""The pure functions that paths are made with. What is not here gives UNKNOWN."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Mapping
from typing import Any

from trunkline.core.infra.hcl.unknown import UNKNOWN
from trunkline.core.yaml import YamlError, load

# Nothing that a path is made of is longer; what grows beyond by its own repetition is not worked
# out, for whoever sends a pull request writes it.
LONGEST = 2**14
MOST = 10_000


def is_spelled(value: Any) -> bool:
    """Whether a value is text as a part of a text."""
    return isinstance(value, str | int | float)


def spelled(value: str | float | bool) -> str:
    """A value as a part of a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _format(pattern: str, *values: Any) -> Any:
    if not (set(re.findall(r"%(.)", pattern)) <= set("sdv%") and all(map(is_spelled, values))):
        return UNKNOWN
    texts = tuple(map(spelled, values))
    if len(pattern) + sum(map(len, texts)) > LONGEST:
        return UNKNOWN
    return re.sub(r"%([%dsv])", lambda verb: "%%" if verb[1] == "%" else "%s", pattern) % texts


def _replace(text: str, old: str, new: str) -> Any:
    if len(old) > 1 and old.startswith("/") and old.endswith("/"):
        return UNKNOWN
    if len(text) + text.count(old) * len(new) > LONGEST:
        return UNKNOWN
    return text.replace(old, new)


def _element(items: list[Any], index: float) -> Any:
    return items[int(index) % len(items)]


def _lookup(where: Mapping[str, Any], key: str, default: Any = UNKNOWN) -> Any:
    return where.get(key, default)


def _concat(*lists: list[Any]) -> Any:
    if sum(map(len, lists)) > MOST:
        return UNKNOWN
    return [item for items in lists for item in items]


def _merge(*parts: Mapping[str, Any]) -> Any:
    if sum(map(len, parts)) > MOST:
        return UNKNOWN
    return {key: value for part in parts for key, value in part.items()}


def _decoded(text: str) -> Any:
    try:
        return load(text.encode())
    except YamlError:
        return UNKNOWN


def _split(separator: str, text: str) -> Any:
    return text.split(separator) if separator else UNKNOWN


def _join(separator: str, items: list[str]) -> Any:
    if sum(map(len, items)) + len(separator) * len(items) > LONGEST:
        return UNKNOWN
    return separator.join(items)


def _is_plain_list(items: Any) -> bool:
    return isinstance(items, list) and all(isinstance(one, str) for one in items)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abspath": posixpath.normpath,
    "contains": lambda items, one: one in items if _is_plain_list(items) else UNKNOWN,
    "basename": lambda path: posixpath.basename(path.rstrip("/")),
    "dirname": lambda path: posixpath.dirname(path) or ".",
    "coalesce": lambda *values: next((one for one in values if one not in (None, "")), UNKNOWN),
    "concat": _concat,
    "element": _element,
    "endswith": str.endswith,
    "format": _format,
    "join": _join,
    "jsondecode": json.loads,
    "keys": lambda where: sorted(where),
    "length": lambda value: float(len(value)),
    "lookup": _lookup,
    "lower": str.lower,
    "merge": _merge,
    "nonsensitive": lambda value: value,
    "pathexpand": lambda path: UNKNOWN if path.startswith("~") else path,
    "replace": _replace,
    "reverse": lambda items: list(reversed(items)),
    "sensitive": lambda value: value,
    "split": _split,
    "startswith": str.startswith,
    "strcontains": str.__contains__,
    "tostring": lambda value: value if isinstance(value, str) else UNKNOWN,
    "trimprefix": str.removeprefix,
    "trimspace": str.strip,
    "trimsuffix": str.removesuffix,
    "upper": str.upper,
    "yamldecode": _decoded,
}
