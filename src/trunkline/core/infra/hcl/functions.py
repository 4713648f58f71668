"""The pure functions that paths are made with. What is not here gives UNKNOWN."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from trunkline.core.infra.hcl.from_yaml import from_yaml
from trunkline.core.infra.hcl.lists import LISTS
from trunkline.core.infra.hcl.numbers import number
from trunkline.core.infra.hcl.spelling import is_spelled, spelled
from trunkline.core.infra.hcl.unknown import UNKNOWN

# Nothing that a path is made of is longer; what grows beyond by its own repetition is not worked
# out, for whoever sends a pull request writes it.
LONGEST = 2**14
# The first letter of each word.
_WORD = re.compile(r"(?<![A-Za-z0-9_])[a-z]")


# What Go's TrimSpace takes off, and HCL's `~`.
SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)


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


def _length(value: Any) -> Any:
    """Of a text the characters as people count them, which are not always code points."""
    return UNKNOWN if isinstance(value, str) and not value.isascii() else len(value)


def _cleaned(path: str) -> str:
    """As Go's `filepath.Clean`: POSIX would keep two slashes at the start."""
    clean = posixpath.normpath(path)
    return clean[1:] if clean.startswith("//") else clean


def _dirname(path: str) -> str:
    return _cleaned(path[: path.rfind("/") + 1])


def _basename(path: str) -> str:
    return posixpath.basename(path.rstrip("/")) or path[:1] or "."


def _each(change: Callable[[str], str]) -> Callable[[str], str]:
    """Letter by letter, as Go does: one that would become two stays as it is."""

    def changed(text: str) -> str:
        return "".join(one if len(change(one)) != 1 else change(one) for one in text)

    return changed


def of_one_kind(value: Any, others: Iterable[Any]) -> Any:
    """What one of several values is where all have to be of one kind: text, if any is."""
    texts = is_spelled(value) and any(isinstance(one, str) for one in others)
    return spelled(value) if texts else value


def _coalesce(*values: Any) -> Any:
    found = next((one for one in values if one not in (None, "")), UNKNOWN)
    return of_one_kind(found, values)


def _lookup(where: Mapping[str, Any], key: str | float, default: Any = UNKNOWN) -> Any:
    return where.get(spelled(key), default)


def _from_json(text: str) -> Any:
    return json.loads(text, parse_int=number, parse_float=number, parse_constant=_refused)


def _refused(word: str) -> None:
    """NaN and Infinity, which Python takes for JSON."""
    raise ValueError(word)


def _split(separator: str, text: str) -> Any:
    return text.split(separator) if separator else UNKNOWN


def _join(separator: str, items: list[str]) -> Any:
    if sum(map(len, items)) + len(separator) * len(items) > LONGEST:
        return UNKNOWN
    return separator.join(items)


def _substr(text: str, start: float, length: float) -> Any:
    if not text.isascii() or length < -1:
        return UNKNOWN
    begin = int(start) + (len(text) if start < 0 else 0)
    return text[begin : None if length < 0 else begin + int(length)] if begin >= 0 else UNKNOWN


def _title(text: str) -> Any:
    return _WORD.sub(lambda found: found[0].upper(), text) if text.isascii() else UNKNOWN


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **LISTS,
    "abspath": _cleaned,
    "basename": _basename,
    "dirname": _dirname,
    "chomp": lambda text: text.rstrip("\r\n"),
    "coalesce": _coalesce,
    "endswith": str.endswith,
    "format": _format,
    "join": _join,
    "jsondecode": _from_json,
    "length": _length,
    "lookup": _lookup,
    "lower": _each(str.lower),
    "nonsensitive": lambda value: value,
    "pathexpand": lambda path: UNKNOWN if path.startswith("~") else path,
    "replace": _replace,
    "sensitive": lambda value: value,
    "split": _split,
    "startswith": str.startswith,
    "strcontains": str.__contains__,
    "substr": _substr,
    "title": _title,
    "tostring": lambda value: value if isinstance(value, str) else UNKNOWN,
    "trim": lambda text, some: text.strip(some),
    "trimprefix": str.removeprefix,
    "trimspace": lambda text: text.strip(SPACE),
    "trimsuffix": str.removesuffix,
    "upper": _each(str.upper),
    "yamldecode": from_yaml,
}
