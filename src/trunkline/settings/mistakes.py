"""All that is wrong with a section, in words: the library that reads it stops at the first mistake.

So that one is taken out of a copy, and the rest is looked at again.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from msgspec import Struct, ValidationError

from trunkline.core.argo.fields import Path

# Nobody reads on after so many mistakes in one file.
MOST = 100

_ERROR = re.compile(r"(?P<said>.*?)(?: - at (?P<key>`key` in )?`\$(?P<path>.*)`)?", re.DOTALL)
_STEP = re.compile(r"\.(?P<name>[^.\[]+)|\[(?P<at>\d+|\.\.\.)\]")
_FIELD = re.compile(r"Object (contains unknown|missing required) field `(?P<name>.*)`", re.DOTALL)
_TYPE = re.compile(r"Expected `(?P<wanted>.*)`, got `(?P<given>.*)`")
_BOUND = re.compile(r"Expected `\w+` (?P<length>of length )?(?P<sign>[<>]=?) (?P<most>[\d.]+)")
_NAMES = {
    "str": "a string",
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "object": "a map",
    "array": "a list",
    "null": "nothing",
}
_SIGNS = {">=": "at least", ">": "more than", "<=": "at most", "<": "less than"}


Read = Callable[[Mapping[str, Any]], object]
Schema = Mapping[str, Any]


class Mistake(Struct, frozen=True):
    """What is wrong at one place of the file, without the value that is wrong."""

    path: Path
    said: str


def mistakes(value: Mapping[str, Any], read: Read, schema: Schema) -> Iterator[Mistake]:
    """Each mistake of a value. `read` raises ValidationError for the first of them."""
    left, told = _Left(deepcopy(dict(value)), read), set[Path]()
    for _ in range(MOST):
        error = left.error()
        if not error:
            return
        path, said = left.place(error)
        written = left.written(path)
        # A key that is needed and was taken out is told of already.
        if written not in told:
            yield Mistake(written, _in_words(said, path, schema))
        told.add(written)
        left.take_out(path)


class _Left:
    """What is left of a value when mistakes were taken out, and where it was written before."""

    def __init__(self, value: dict[str, Any], read: Read) -> None:
        self.value = value
        self._read = read
        self._numbers: dict[int, list[int]] = {}

    def error(self) -> str:
        """What the library says of the first mistake, "" if there is none."""
        try:
            self._read(self.value)
        except ValidationError as error:
            return str(error)
        return ""

    def place(self, error: str) -> tuple[Path, str]:
        """Where the mistake is, and what the library says of it."""
        found = _ERROR.fullmatch(error)
        assert found is not None
        path: Path = ()
        for step in _STEP.finditer(found["path"] or ""):
            if step["at"] == "...":
                path = (*path, self._culprit(path, error))
            else:
                path = (*path, int(step["at"]) if step["at"] else step["name"])
        said = found["said"]
        if field := _FIELD.fullmatch(said):
            return (*path, field["name"]), said
        return path, "keys should be strings" if found["key"] else said

    def _culprit(self, path: Path, error: str) -> str:
        """The key of a map whose value is meant: the library does not name it."""
        inside = self._at(path)
        for key in list(inside):
            kept = inside.pop(key)
            without = self.error()
            inside[key] = kept
            if without != error:
                return str(key)
        return str(next(iter(inside)))

    def written(self, path: Path) -> Path:
        """The path as it was in the whole value: items of lists that are gone are counted in."""
        found: Path = ()
        here: Any = self.value
        for part in path:
            if isinstance(part, int):
                found = (*found, self._numbers.get(id(here), range(len(here)))[part])
            else:
                found = (*found, part)
            here = here[part] if isinstance(part, int) else here.get(part)
        return found

    def take_out(self, path: Path) -> None:
        """Without the mistake; a section that lacks a key goes as a whole."""
        if not path:
            self.value.clear()
            return
        inside, last = self._at(path[:-1]), path[-1]
        if isinstance(last, int):
            self._numbers.setdefault(id(inside), list(range(len(inside)))).pop(last)
            inside.pop(last)
        elif last in inside:
            del inside[last]
        else:
            self.take_out(path[:-1])

    def _at(self, path: Path) -> Any:
        here: Any = self.value
        for part in path:
            here = here[part]
        return here


def _in_words(said: str, path: Path, schema: Schema) -> str:
    if said.startswith("Object missing"):
        return "is required"
    if said.startswith("Object contains"):
        near = difflib.get_close_matches(str(path[-1]), _part(path[:-1], schema)["properties"], 1)
        return "unknown key" + (f"; did you mean {near[0]}?" if near else "")
    if kinds := _TYPE.fullmatch(said):
        wanted = kinds["wanted"].removesuffix(" | null")
        return f"is {_NAMES.get(kinds['given'], kinds['given'])}, should be {_NAMES[wanted]}"
    if bound := _BOUND.fullmatch(said):
        most = f"{_SIGNS[bound['sign']]} {bound['most'].removesuffix('.0')}"
        if bound["length"]:
            return "should not be empty" if most == "at least 1" else f"should be {most} signs long"
        return f"should be {most}"
    if said.startswith("Invalid enum value"):
        *words, last = filter(None, _part(path, schema)["enum"])
        return f"should be {', '.join(words)} or {last}"
    return said[:1].lower() + said[1:]


def _part(path: Path, schema: Schema) -> Schema:
    """The schema of what stands at a path."""
    here: Any = schema
    for part in path:
        here = _resolved(schema, here)
        inside = here.get("properties", {}).get(part, here.get("additionalProperties"))
        here = here["items"] if isinstance(part, int) else inside
    return _resolved(schema, here)


def _resolved(schema: Schema, part: Schema) -> Schema:
    name = str(part.get("$ref", "")).rpartition("/")[2]
    return schema["$defs"][name] if name else part
