"""What a schema makes of values: their types, and what of them is sensitive.

Source of the types: the type constraints of cty as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from trunkline.core.infra.planfile.schemas import Attribute, Block
from trunkline.core.infra.planfile.unsure import Unsure

SIMPLE = frozenset(("string", "number", "bool", "dynamic"))
COLLECTIONS = frozenset(("list", "set", "map"))


class Shape(Struct, frozen=True):
    """A type: a simple one, a collection `of` one, a tuple of `items`, an object of `fields`.

    `sensitive` as a whole; `hides`: it is, or something in it.
    """

    form: str
    of: Shape | None = None
    fields: dict[str, Shape] = {}
    items: tuple[Shape, ...] = ()
    sensitive: bool = False
    hides: bool = False

    @property
    def inner(self) -> Iterable[Shape]:
        return (*self.fields.values(), *self.items, *([self.of] if self.of else ()))


DYNAMIC = Shape("dynamic")


@lru_cache(maxsize=256)
def of_text(text: bytes) -> Shape:
    """The shape of a type in JSON, as values of dynamic type carry it. Raises Unsure."""
    try:
        return of_type(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise Unsure(f"a type cannot be read: {error}") from error


def of_type(said: Any) -> Shape:
    """The shape of a type: `"string"`, `["list", …]`, `["object", {…}]`. Raises Unsure."""
    match said:
        case str() if said in SIMPLE:
            return Shape(said)
        case [str(form), inner] if form in COLLECTIONS:
            return _collection(form, of_type(inner))
        case ["tuple", list(items)]:
            return Shape("tuple", items=tuple(map(of_type, items)))
        case ["object", dict(fields), *_]:
            return _object({name: of_type(one) for name, one in fields.items()})
    raise Unsure("a type has an unknown form")


def of_block(block: Block) -> Shape:
    """The shape of a resource's whole value. Raises Unsure."""
    fields = _attributes(block.attributes)
    for name, one in block.block_types.items():
        fields[name] = _blocks(one.nesting_mode, of_block(one.block))
    return _object(fields)


def _blocks(nesting: str, inner: Shape) -> Shape:
    """Blocks in a list or a map whose types may differ are one value of dynamic type."""
    if nesting in ("list", "map") and _is_open(inner):
        if inner.hides:
            raise Unsure("blocks of dynamic type hold something sensitive")
        return DYNAMIC
    return _nested(nesting, inner)


def _nested(nesting: str, inner: Shape) -> Shape:
    if nesting in ("single", "group"):
        return inner
    if nesting in COLLECTIONS:
        return _collection(nesting, inner)
    raise Unsure(f"a schema nests by {nesting}")


def _attributes(said: Mapping[str, Attribute]) -> dict[str, Shape]:
    return {name: _attribute(one) for name, one in said.items()}


def _attribute(one: Attribute) -> Shape:
    if one.nested_type:
        found = _nested(
            one.nested_type.nesting_mode, _object(_attributes(one.nested_type.attributes))
        )
    else:
        found = of_type(one.type)
    return replace(found, sensitive=True, hides=True) if one.sensitive else found


def _collection(form: str, of: Shape) -> Shape:
    return Shape(form, of, hides=of.hides)


def _object(fields: dict[str, Shape]) -> Shape:
    return Shape("object", fields=fields, hides=any(one.hides for one in fields.values()))


def _is_open(one: Shape) -> bool:
    return one.form == "dynamic" or any(map(_is_open, one.inner))
