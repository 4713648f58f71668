"""YAML as Kubernetes reads it: what sigs.k8s.io/yaml makes of a text, this makes of it too.

That is YAML 1.1 by way of JSON: `yes` and `on` are booleans, `0644` is octal, a date is a string,
`1e6` is the integer that JSON would print, keys are strings, the last of two equal keys wins.
The rules are those of sigs.k8s.io/yaml v1 and of the go-yaml v2 fork that it carries; PyYAML's C
parser does the parsing and only the meaning of scalars and maps is ours.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

# Aliases are pointers while they are read, but copies once they are written: a text of a few
# lines can stand for billions of values. go-yaml refuses them too; this bound is ours.
MAX_VALUES = 2_000_000

_PLAIN = "plain"
_STRING = "tag:yaml.org,2002:str"
_MERGE = "<<"
_SEPARATOR = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INTEGER = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|[1-9][0-9]*|0)")
_CONSTANTS: dict[str, Any] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"]),
    **dict.fromkeys("y Y yes Yes YES true True TRUE on On ON".split(), True),
    **dict.fromkeys("n N no No NO false False FALSE off Off OFF".split(), False),
}
_SPECIAL = {".nan", ".inf", "+.inf", "-.inf"}


class YamlError(ValueError):
    """A text that is no YAML, or none that JSON can hold. `line` counts from 1 in the file."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a stream; `line` is where it begins, from 1. `value` None: it is empty."""

    value: Any
    line: int


def load(data: bytes | str) -> Any:
    """The value of a text that holds one document. Raises YamlError."""
    found = [one.value for one in documents(data)]
    if len(found) > 1:
        raise YamlError("more than one document where one is expected", 1)
    return found[0] if found else None


def documents(data: bytes | str) -> Iterator[Document]:
    """The documents of a stream, empty ones left out. Raises YamlError at the first broken one."""
    for one in attempts(data):
        if isinstance(one, YamlError):
            raise one
        yield one


def attempts(data: bytes | str) -> Iterator[Document | YamlError]:
    """Each document of a stream, or why it cannot be read: one that is broken hides no other."""
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data.lstrip("\ufeff")
    except UnicodeDecodeError as error:
        yield YamlError(f"not UTF-8: {error.reason} at byte {error.start}", 1)
        return
    for line, chunk in _chunks(text):
        try:
            yield from (Document(value, line) for value in _parsed(chunk, line))
        except YamlError as error:
            yield error


def _chunks(text: str) -> Iterator[tuple[int, str]]:
    """The stream cut before each `---`, as kubectl cuts it, with the line each piece begins at."""
    start, line = 0, 1
    for mark in _SEPARATOR.finditer(text):
        if mark.start() > start:
            yield line, text[start : mark.start()]
            line += text.count("\n", start, mark.start())
        start = mark.start()
    yield line, text[start:]


def _parsed(chunk: str, line: int) -> Iterator[Any]:
    loader = _Loader(chunk)
    try:
        while loader.check_node():
            node = loader.get_node()
            if node is None:
                break
            if "*" in chunk:
                _check_size(node, line)
            value = _value(node)
            if value is not None:
                yield value
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(filter(None, (error.context, error.problem)))
        raise YamlError(said, line + (mark.line if mark else 0)) from None
    except yaml.YAMLError as error:
        raise YamlError(str(error).splitlines()[0], line) from None
    except _Meaning as error:
        raise YamlError(str(error), line + error.node.start_mark.line) from None
    except RecursionError:
        raise YamlError("nested too deeply", line) from None
    finally:
        loader.dispose()


class _Meaning(Exception):
    def __init__(self, message: str, node: yaml.Node) -> None:
        super().__init__(message)
        self.node = node


class _Loader(yaml.CSafeLoader):
    """Composes nodes; what a plain scalar means is found out by `_plain`, not by resolvers."""

    def resolve(self, kind: type, value: Any, implicit: Any) -> str:
        if kind is yaml.ScalarNode:
            return _PLAIN if implicit[0] else _STRING
        return "tag:yaml.org,2002:" + ("seq" if kind is yaml.SequenceNode else "map")


def _value(node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [_value(one) for one in node.value]
    return _map(node)


def _map(node: yaml.Node) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for key, value in node.value:
        if key.value == _MERGE and key.tag in (_PLAIN, "tag:yaml.org,2002:merge"):
            for one in reversed(value.value) if isinstance(value, yaml.SequenceNode) else [value]:
                if not isinstance(one, yaml.MappingNode):
                    raise _Meaning("<< takes a map or a list of maps", one)
                merged.update(_map(one))
        else:
            own[_key(key)] = _value(value)
    return {**merged, **own} if merged else own


def _key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise _Meaning("a key is a string, not a map or a list", node)
    value = _scalar(node)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def _scalar(node: yaml.ScalarNode) -> Any:
    tag, text = node.tag, node.value
    if tag == _STRING:
        return text
    try:
        if tag == "tag:yaml.org,2002:binary":
            return base64.b64decode(text).decode()
        if tag == "tag:yaml.org,2002:float":
            return _json_number(float(text))
    except ValueError:
        raise _Meaning(f"cannot read {text[:40]!r} as {tag.rpartition(':')[2]}", node) from None
    if text.lower() in _SPECIAL:
        raise _Meaning(f"{text} has no place in JSON", node)
    return _plain(text)


@lru_cache(maxsize=20_000)
def _plain(text: str) -> Any:
    """What a scalar without quotes and tag means."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in "+-.0123456789":
        return text
    bare = text.replace("_", "")
    if _INTEGER.fullmatch(bare):
        number = _integer(bare)
        if -(2**63) <= number < 2**64:
            return number
        return _json_number(float(number))
    if _FLOAT.fullmatch(bare):
        return _json_number(float(bare))
    return text


def _integer(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-").lower()
    if digits.startswith("0") and digits.isdigit():
        return sign * int(digits, 8)
    return sign * int(digits, 0)


def _json_number(value: float) -> int | float:
    """As Go prints a float64 into JSON: without a point where none is needed (below 1e21)."""
    if math.isinf(value) or math.isnan(value):
        raise ValueError("not finite")
    return int(value) if value.is_integer() and abs(value) < 1e21 else value


def _check_size(root: yaml.Node, line: int) -> None:
    sizes: dict[int, int] = {}

    def size(node: yaml.Node, above: frozenset[int]) -> int:
        if isinstance(node, yaml.ScalarNode):
            return 1
        if id(node) in above:
            raise YamlError("an anchor that holds itself", line + node.start_mark.line)
        if id(node) not in sizes:
            inside = above | {id(node)}
            pairs: Iterable[Any] = node.value
            if isinstance(node, yaml.MappingNode):
                pairs = (one for pair in node.value for one in pair)
            sizes[id(node)] = 1 + sum(size(one, inside) for one in pairs)
        return sizes[id(node)]

    if size(root, frozenset()) > MAX_VALUES:
        raise YamlError(f"aliases make more than {MAX_VALUES} values of it", line)


class _Dumper(yaml.CSafeDumper):
    """Block style; every string that any YAML 1.1 reader could take for something else quoted."""

    def ignore_aliases(self, _data: Hashable) -> bool:
        return True


def _write_string(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = None
    if "\n" in text and not re.search(r"[ \t]\n|[^\x20-\x7e\n\t\u00a0-\uffff]|\t", text):
        style = "|"
    elif text and not isinstance(_plain(text), str):
        style = '"'
    return dumper.represent_scalar(_STRING, text, style=style)


_Dumper.add_representer(str, _write_string)


def dump(value: Any) -> str:
    """One document in block style, keys in the order they have."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)


def dump_all(values: Iterable[Any]) -> str:
    """A stream with `---` before each document."""
    return "".join(f"---\n{dump(one)}" for one in values)
