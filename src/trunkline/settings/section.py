"""Sections of the files that Trunkline itself defines, and what is wrong with one, line by line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import Meta, Struct, ValidationError, convert

from trunkline.core.argo.fields import Path, spelled
from trunkline.core.argo.glob import BadPattern, deep_matches
from trunkline.core.argo.place import line_of
from trunkline.settings.mistakes import mistakes


class Section(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Keys are written in camelCase; unknown ones are refused."""


class Glob(str):
    """A pattern over paths that was tried."""


def said(description: str, **bounds: Any) -> Meta:
    """What a key means, for editors, and the bounds of its value."""
    return Meta(description=description, **bounds)


Checked = TypeVar("Checked", bound=Section)


class Mistaken(Exception):
    """A section that cannot be used; `lines` are `file:line: key: what`, one for each mistake."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))


def checked(
    model: type[Checked],
    value: Mapping[str, Any],
    data: bytes,
    file: str,
    *,
    start: int = 1,
    above: Path = (),
) -> Checked:
    """The section of a map that was read. Raises Mistaken.

    `start` is the line of `data` at which the document begins, `above` where the section stands
    in it.
    """

    def read(one: Mapping[str, Any]) -> Checked:
        return convert(one, model, dec_hook=_tried)

    try:
        return read(value)
    except ValidationError:
        lines = set()
        for one in mistakes(value, read, schema_of(model)):
            path = (*above, *one.path)
            lines.add((line_of(data, start, path), f"{spelled(path)}: {one.said}"))
    raise Mistaken([f"{file}:{line}: {said}" for line, said in sorted(lines)])


def schema_of(model: type[Section]) -> dict[str, Any]:
    """The JSON Schema of a whole file, for editors."""
    schema = msgspec.json.schema(model, schema_hook=lambda _kind: {"type": "string"})
    parts = schema["$defs"]
    whole = parts.pop(model.__name__)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **whole, "$defs": parts}


def _tried(kind: type, value: object) -> object:
    """A value of a kind that is none of JSON's."""
    if not isinstance(value, str):
        raise ValueError("should be a string")
    try:
        deep_matches(value, "")
    except BadPattern as error:
        raise ValueError(str(error)) from None
    return kind(value)
