"""YAML as Kubernetes reads it: what sigs.k8s.io/yaml makes of a text, this makes of it too.

That is YAML 1.1 by way of JSON: `yes` and `on` are booleans, `0644` is octal, a date is a string,
`1e6` is the integer that JSON would print, keys are strings, the last of two equal keys wins.
The rules are those of sigs.k8s.io/yaml v1 and of the go-yaml v2 fork that it carries; PyYAML's C
parser does the parsing and only the meaning of scalars and maps is ours. What is plain enough to be
read by lines is read so (`core/block`): several times as fast, and it comes to the same.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Hashable, Iterable, Iterator
from typing import Any

import yaml
from msgspec import Struct
from yaml.cyaml import CParser  # type: ignore[attr-defined]

from trunkline.core import block, scalar

# Aliases are pointers while they are read, but copies once they are written: a text of a few
# lines can stand for billions of values. go-yaml refuses them too; this bound is ours.
MAX_VALUES = 2_000_000

_MERGE = "<<"
_SEQUENCE, _MAPPING = "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"
_SEPARATOR = re.compile(r"^---(?=\s|$)", re.MULTILINE)
# Where a node may carry an anchor. A text of long descriptions has many a `*`, and no anchor.
_ANCHOR = re.compile(r"(?:^|[\s\[{,:?-])&[^\s,\[\]{}]")
_ENCODINGS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class YamlError(ValueError):
    """A text that is no YAML, or none that JSON can hold. `line` counts from 1 in the file."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class Document(Struct, frozen=True):
    """One document of a stream; `line` is where it begins, from 1. `value` None: it is empty."""

    value: Any
    line: int


def load(data: bytes | str) -> Any:
    """The value of a text that holds one document. Raises YamlError."""
    found = [one.value for one in documents(data)]
    if len(found) > 1:
        raise YamlError("more than one document where one is expected", 1)
    return found[0] if found else None


def node(text: str) -> yaml.Node | None:
    """The nodes of a text that holds one document, for whoever reads them by rules of its own; a
    scalar without quotes and tag has the tag `scalar.PLAIN`. Raises yaml.YAMLError.
    """
    loader = _Loader(text)
    try:
        found: yaml.Node | None = loader.get_single_node()
    finally:
        loader.dispose()
    return found


def documents(data: bytes | str) -> Iterator[Document]:
    """The documents of a stream, empty ones left out. Raises YamlError at the first broken one."""
    for one in attempts(data):
        if isinstance(one, YamlError):
            raise one
        yield one


def attempts(data: bytes | str) -> Iterator[Document | YamlError]:
    """Each document of a stream, or why it cannot be read: one that is broken hides no other."""
    try:
        text = data if isinstance(data, str) else data.decode(_ENCODINGS.get(data[:2], "utf-8"))
    except UnicodeDecodeError as error:
        yield YamlError(f"not UTF-8: {error.reason} at byte {error.start}", 1)
        return
    for line, chunk in chunks(text.removeprefix("\ufeff")):
        if (plain := block.read(chunk)) is not None:
            yield Document(plain, line)
            continue
        try:
            yield from (Document(value, line) for value in parsed(chunk, line))
        except YamlError as error:
            yield error


def chunks(text: str) -> Iterator[tuple[int, str]]:
    """The stream cut before each `---`, as kubectl cuts it, with the line each piece begins at."""
    start, line = 0, 1
    for mark in _SEPARATOR.finditer(text):
        if mark.start() > start:
            chunk = text[start : mark.start()]
            if chunk.strip("-\r\n"):
                yield line, chunk
            line += chunk.count("\n")
        start = mark.start()
    yield line, text[start:]


def parsed(chunk: str, line: int) -> Iterator[Any]:
    """The values of a text that begins at this line, whatever style it has. Raises YamlError."""
    try:
        try:
            yield from _composed(_Loader, chunk, line)
        except yaml.composer.ComposerError as error:
            if error.context is None or "duplicate anchor" not in error.context:
                raise
            yield from _composed(_AnchorsAnew, chunk, line)
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


def _composed(kind: type[_Loader], chunk: str, line: int) -> Iterator[Any]:
    loader = kind(chunk)
    aliased = "*" in chunk and "&" in chunk and _ANCHOR.search(chunk)
    try:
        while loader.check_node():
            node = loader.get_node()
            if node is None:
                break
            if aliased:
                _check_size(node, line)
            value = _value(node)
            if value is not None:
                yield value
    finally:
        loader.dispose()


class _Meaning(Exception):
    def __init__(self, message: str, node: yaml.Node) -> None:
        super().__init__(message)
        self.node = node


class _Loader(CParser, yaml.resolver.BaseResolver):
    """Composes nodes; what a plain scalar means is found out by `core/scalar`, not by resolvers."""

    def __init__(self, chunk: str) -> None:
        CParser.__init__(self, chunk)

    def resolve(self, kind: type, value: Any, implicit: Any) -> str:
        if kind is yaml.ScalarNode:
            return scalar.PLAIN if implicit[0] else scalar.STRING
        return _SEQUENCE if kind is yaml.SequenceNode else _MAPPING

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """Resolvers by path are a thing of PyYAML's; nobody registers one."""

    def ascend_resolver(self) -> None:
        """See above: both are called for every node."""


class _AnchorsAnew(yaml.composer.Composer, _Loader):
    """Slower, for the rare text that gives one anchor to several nodes: the last before an alias
    is meant, as YAML says and libyaml's composer does not."""

    def __init__(self, chunk: str) -> None:
        _Loader.__init__(self, chunk)
        yaml.composer.Composer.__init__(self)

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()
        if isinstance(event, yaml.NodeEvent) and not isinstance(event, yaml.AliasEvent):
            self.anchors.pop(event.anchor, None)
        return super().compose_node(parent, index)


def _value(node: yaml.Node) -> Any:
    # Asked of every node of every render: the commonest first, and no call where none is needed.
    if isinstance(node, yaml.ScalarNode):
        return node.value if node.tag is scalar.STRING else _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [_value(one) for one in node.value]
    return _map(node)


def _map(node: yaml.Node) -> dict[str, Any]:
    """The map, each pair laid over those before it: a merge yields only to what follows it."""
    found: dict[str, Any] = {}
    for key, value in node.value:
        if key.value == _MERGE and key.tag in (scalar.PLAIN, scalar.MERGE):
            for one in reversed(value.value) if isinstance(value, yaml.SequenceNode) else [value]:
                if not isinstance(one, yaml.MappingNode):
                    raise _Meaning("<< takes a map or a list of maps", one)
                found.update(_map(one))
        else:
            found[_key(key)] = _value(value)
    return found


def _key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise _Meaning("a key is a string, not a map or a list", node)
    try:
        return scalar.key(node.tag, node.value)
    except ValueError as error:
        raise _Meaning(str(error), node) from None


def _scalar(node: yaml.ScalarNode) -> Any:
    try:
        return scalar.meaning(node.tag, node.value)
    except ValueError as error:
        raise _Meaning(str(error), node) from None


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
    elif text and not scalar.is_string(text):
        style = '"'
    return dumper.represent_scalar(scalar.STRING, text, style=style)


_Dumper.add_representer(str, _write_string)


def dump(value: Any) -> str:
    """One document in block style, keys in the order they have."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)


def dump_all(values: Iterable[Any]) -> str:
    """A stream with `---` before each document."""
    return "".join(f"---\n{dump(one)}" for one in values)
