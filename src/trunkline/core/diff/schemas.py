"""The schema of a custom resource, told by its fields.

A CRD holds thousands of lines of OpenAPI, most of them descriptions. A reviewer asks which fields
came, which went, and what became stricter; so that is what a difference of a schema says, by the
path that a user of the resource writes. Descriptions are counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from trunkline.core.diff.align import ABSENT, Node
from trunkline.core.diff.mask import shown

SCHEMA = "openAPIV3Schema"

# More lines than these are summed up.
LONGEST = 60

_PROSE = frozenset({"description", "title", "example", "externalDocs"})


@dataclass(frozen=True, slots=True)
class SchemaLine:
    """One thing that changed: `sign` is "-" or "+", `field` the path as a user writes it."""

    sign: str
    field: str
    said: str

    def __str__(self) -> str:
        return f"{self.field or '.'}: {self.said}"


def is_schema(node: Node) -> bool:
    return bool(node.path) and node.path[-1] == SCHEMA


def brief(schema: Any) -> Any:
    """A whole schema in a few words; what is none stays as it is."""
    if not isinstance(schema, dict) or "type" not in schema:
        return schema
    return f"({_many(count_fields(schema), 'field')})"


def count_fields(schema: Any) -> int:
    """How many fields a schema declares, at any depth."""
    if isinstance(schema, list):
        return sum(map(count_fields, schema))
    if not isinstance(schema, dict):
        return 0
    own = schema.get("properties")
    below = own.values() if isinstance(own, dict) else ()
    inner = [schema.get(key) for key in ("items", "additionalProperties")]
    return len(below) + sum(map(count_fields, [*below, *inner]))


def schema_lines(node: Node) -> list[SchemaLine]:
    """What changed in this schema, at most LONGEST lines and the sum of the rest."""
    lines = list(_schema(node, ""))
    if len(lines) <= LONGEST:
        return lines
    rest = lines[LONGEST:]
    more = {sign: sum(one.sign == sign for one in rest) for sign in "-+"}
    sums = [SchemaLine(sign, "…", f"and {more[sign]} more") for sign in "-+" if more[sign]]
    return [*lines[:LONGEST], *sums]


def descriptions(root: Node) -> int:
    """How many descriptions differ in the schemas below this node."""
    return sum(_prose(node) for node in root.walk() if is_schema(node) and node.children)


def _prose(schema: Node) -> int:
    return sum(not node.same and not node.children and _is_prose(node) for node in schema.walk())


def _is_prose(node: Node) -> bool:
    """A description of a field, and not a field that is called description."""
    return node.path[-1] in _PROSE and node.path[-2] != "properties"


def _schema(node: Node, field: str) -> Iterator[SchemaLine]:
    """The lines of one schema, which stands at this field."""
    if node.same:
        return
    if not node.children:
        yield from _whole(node, field)
        return
    for child in node.children:
        if child.same or _is_prose(child):
            continue
        if child.step == "properties":
            yield from _properties(child, field)
        elif child.step in ("items", "additionalProperties") and child.children:
            yield from _schema(child, f"{field}{'[]' if child.step == 'items' else '.*'}")
        else:
            yield from _rule(child, field)


def _properties(node: Node, field: str) -> Iterator[SchemaLine]:
    prefix = f"{field}." if field else ""
    if node.children:
        for child in node.children:
            yield from _schema(child, f"{prefix}{shown(str(child.step))}")
        return
    for sign, value in (("-", node.before), ("+", node.after)):
        for name in sorted(value) if isinstance(value, dict) else ():
            yield SchemaLine(sign, f"{prefix}{shown(name)}", _type(value[name]))


def _whole(node: Node, field: str) -> Iterator[SchemaLine]:
    """A field that comes, goes, or is declared in another way altogether."""
    for sign, value in (("-", node.before), ("+", node.after)):
        if value is not ABSENT:
            yield SchemaLine(sign, field, _type(value))


def _type(schema: Any) -> str:
    if not isinstance(schema, dict):
        return _text(schema)
    kind = shown(str(schema.get("type") or "any"))
    if kind == "array":
        items = schema.get("items")
        kind = f"list of {_type(items)}" if isinstance(items, dict) else "list"
    if kind == "object" and (inside := count_fields(schema)):
        kind = f"object with {_many(inside, 'field')}"
    return f"{kind}, default {_text(schema['default'])}" if "default" in schema else kind


def _rule(node: Node, field: str) -> Iterator[SchemaLine]:
    """What else is said of a field: its type, default, enumeration, pattern, limits, rules."""
    for sign, value in (("-", node.before), ("+", node.after)):
        if value is not ABSENT:
            yield SchemaLine(sign, field, f"{shown(str(node.step))} {_text(value)}")


def _text(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        text = ", ".join(value)
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = shown(" ".join(text.split()))
    return text if len(text) <= 100 else f"{text[:99]}…"


def _many(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
