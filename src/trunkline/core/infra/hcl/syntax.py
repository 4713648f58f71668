"""What a file of HCL is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec import Struct


class HclError(Exception):
    """Text that is no HCL; `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class Literal(Struct, frozen=True):
    """A number, a boolean, null, or text without anything to fill in."""

    value: str | float | bool | None


class Template(Struct, frozen=True):
    """Text with expressions in it."""

    parts: tuple[Expression, ...]


class Name(Struct, frozen=True):
    """A name and what is taken from it: `local.region`, `include.root.locals.env`."""

    steps: tuple[str, ...]


class Call(Struct, frozen=True):
    name: str
    arguments: tuple[Expression, ...]


class Items(Struct, frozen=True):
    """A list."""

    items: tuple[Expression, ...]


class Pairs(Struct, frozen=True):
    """An object."""

    items: tuple[tuple[Expression, Expression], ...]


class Taken(Struct, frozen=True):
    """An attribute or element of something that is no plain name: `f(x).region`, `a["b"]`."""

    of: Expression
    key: Expression


class Joined(Struct, frozen=True):
    """Any other expression: operators and conditions, by their signs; of loops and the like only
    the parts are known, and there are no signs.

    A chain of operators that bind alike has a sign between each two parts, a condition `?` and `:`.
    """

    parts: tuple[Expression, ...]
    signs: tuple[str, ...] = ()


Expression = Literal | Template | Name | Call | Items | Pairs | Taken | Joined


class Attribute(Struct, frozen=True):
    """`start` and `end` are where the text of the value is, from the file's first character."""

    name: str
    value: Expression
    line: int
    start: int = 0
    end: int = 0


class Body(Struct, frozen=True):
    """The attributes and blocks of a file or of a block, in their order."""

    attributes: tuple[Attribute, ...] = ()
    blocks: tuple[Block, ...] = ()

    def attribute(self, name: str) -> Attribute | None:
        return next((one for one in self.attributes if one.name == name), None)

    def of(self, kind: str) -> Iterator[Block]:
        return (one for one in self.blocks if one.kind == kind)


@dataclass(frozen=True, slots=True)
class Block:
    kind: str
    labels: tuple[str, ...]
    body: Body = field(repr=False)
    line: int = 0


def parts_of(one: Expression) -> tuple[Expression, ...]:
    """What an expression is put together from."""
    match one:
        case Template(parts) | Joined(parts, _) | Items(parts) | Call(_, parts):
            return parts
        case Pairs(items):
            return tuple(side for pair in items for side in pair)
        case Taken(of, key):
            return (of, key)
    return ()


def calls_in(body: Body) -> Iterator[Call]:
    """Every function call anywhere in a body."""
    for block in body.blocks:
        yield from calls_in(block.body)
    for attribute in body.attributes:
        yield from calls_of(attribute.value)


def calls_of(one: Expression) -> Iterator[Call]:
    waiting = [one]
    while waiting:
        here = waiting.pop()
        if isinstance(here, Call):
            yield here
        waiting.extend(reversed(parts_of(here)))


def names_of(one: Expression) -> Iterator[Name]:
    """Every name anywhere in an expression."""
    waiting = [one]
    while waiting:
        here = waiting.pop()
        if isinstance(here, Name):
            yield here
        waiting.extend(reversed(parts_of(here)))


def canonical(block: Block) -> str:
    """A block with all that is in it, wherever its lines are."""
    attributes = [(one.name, repr(one.value)) for one in block.body.attributes]
    return repr((block.kind, block.labels, attributes, [*map(canonical, block.body.blocks)]))
