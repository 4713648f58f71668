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
LONGEST = 40
MORE = "…"

_PROSE = frozenset({"description", "title", "example", "externalDocs"})
# How lists and maps are merged: of interest to the author of the resource alone.
_MERGING = frozenset(
    {"x-kubernetes-list-type", "x-kubernetes-map-type", "x-kubernetes-list-map-keys"}
)

_RULES = {"x-kubernetes-validations": "rule:", "enum": "may be", "required": "needs"}


@dataclass(frozen=True, slots=True)
class SchemaLine:
    """One thing that changed: `sign` is "-" or "+", `field` the path as a user writes it;
    `whole`: the field itself comes or goes."""

    sign: str
    field: str
    said: str
    whole: bool = False

    def __str__(self) -> str:
        return f"{self.field or '.'}: {self.said}" if self.field != MORE else f"{MORE} {self.said}"


def _rank(line: SchemaLine) -> tuple[bool, int, str]:
    """Fields that are gone break whoever uses them; then what stands at the top of the resource."""
    return not (line.whole and line.sign == "-"), line.field.count("."), line.field


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
    lines = sorted(_schema(node, ""), key=_rank)
    if len(lines) <= LONGEST:
        return lines
    rest = lines[LONGEST:]
    more = {sign: sum(one.sign == sign for one in rest) for sign in "-+"}
    sums = [SchemaLine(sign, MORE, f"and {more[sign]} more") for sign in "-+" if more[sign]]
    return [*lines[:LONGEST], *sums]


def left_out(root: Node) -> str:
    """What else differs in the schemas below this node, in words: `12 descriptions`."""
    inside = [one for node in root.walk() if is_schema(node) for one in node.walk()]
    leaves = [one for one in inside if not one.same and not one.children]
    prose = sum(_is_one_of(_PROSE, one) for one in leaves)
    merging = sum(_is_one_of(_MERGING, one) for one in leaves)
    told = [_many(prose, "description")] if prose else []
    told += [_many(merging, "list type")] if merging else []
    return " and ".join(told)


def _is_one_of(names: frozenset[str], node: Node) -> bool:
    """Something that is said of a field, and not a field that is called so."""
    return len(node.path) > 1 and node.path[-1] in names and node.path[-2] != "properties"


def _schema(node: Node, field: str) -> Iterator[SchemaLine]:
    """The lines of one schema, which stands at this field."""
    if node.same:
        return
    if not node.children:
        yield from _whole(node, field)
        return
    for child in node.children:
        if child.same or _is_one_of(_PROSE | _MERGING, child):
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
            yield SchemaLine(sign, f"{prefix}{shown(name)}", _type(value[name]), whole=True)


def _whole(node: Node, field: str) -> Iterator[SchemaLine]:
    """A field that comes, goes, or is declared in another way altogether."""
    for sign, value in (("-", node.before), ("+", node.after)):
        if value is not ABSENT:
            yield SchemaLine(sign, field, _type(value), whole=True)


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
    """What else is said of a field: its type, default, enumeration, pattern, limits, rules.

    Of a list only the entries that come or go are told.
    """
    before, after = _entries(node, node.before), _entries(node, node.after)
    word = _RULES.get(str(node.step), shown(str(node.step)))
    for sign, own, other in (("-", before, after), ("+", after, before)):
        told = [one for one in own if one not in other]
        if told:
            yield SchemaLine(sign, field, f"{word} {', '.join(told)}")


def _entries(node: Node, value: Any) -> list[str]:
    if value is ABSENT:
        return []
    if node.step == "x-kubernetes-validations" and isinstance(value, list):
        return [_text(one.get("message") or one.get("rule")) for one in value if one]
    if isinstance(value, list) and not any(isinstance(one, dict | list) for one in value):
        return [_text(one) for one in value]
    return [_text(value)]


def _text(value: Any) -> str:
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    text = shown(" ".join(text.split()))
    return text if len(text) <= 100 else f"{text[:99]}…"


def _many(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
