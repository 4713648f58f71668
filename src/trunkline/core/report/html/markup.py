"""Building HTML out of values: whatever is no markup is text, and text is escaped.

A tag is made by `tag`, which takes pieces of markup and plain strings; a plain string cannot
become markup on the way. Attributes come from our own code, their values are escaped as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from trunkline.core.diff.unified import visible

_VOID = frozenset({"meta", "input"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Piece = Markup | str | None


def text(value: str) -> Markup:
    """Plain text as HTML; characters that would steer the eye or the page are written out."""
    return Markup(escape(visible(value), quote=True))


def join(pieces: Iterable[Piece]) -> Markup:
    return Markup("".join(_markup(one) for one in pieces))


def tag(name: str, /, *pieces: Piece, **attributes: str | bool | int) -> Markup:
    """An element. `class_` is `class`, `data_x` is `data-x`; False leaves an attribute out."""
    given = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{given}>")
    return Markup(f"<{name}{given}>{join(pieces)}</{name}>")


def _markup(piece: Piece) -> str:
    if piece is None:
        return ""
    return piece if isinstance(piece, Markup) else text(piece)


def _attribute(key: str, value: str | bool | int) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is False:
        return ""
    if value is True:
        return f" {name}"
    return f' {name}="{text(str(value))}"'
