"""Typed reading of a wire object, which notes what is wrong instead of raising.

The API server would refuse an Application with a number where a string belongs; a repository does
not. So every field is asked for by type, and each mistake becomes a `Problem` with the field's
path: one object shows all its mistakes at once, and the path leads to the line in the file.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

Path = tuple[str | int, ...]

_NAMES = {str: "a string", bool: "true or false", int: "a number", dict: "a map", list: "a list"}


class Problem(Struct, frozen=True):
    """What is wrong at one place of an object. A warning leaves the object usable."""

    path: Path
    message: str
    warning: bool = False

    def __str__(self) -> str:
        return f"{spelled(self.path)}: {self.message}" if self.path else self.message


def spelled(path: Path) -> str:
    """A path as people write it: `spec.sources[1].helm`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def kind_of_value(value: object) -> str:
    """What a value is, in words."""
    if value is None:
        return "nothing"
    if isinstance(value, float):
        return "a number"
    return _NAMES.get(type(value), type(value).__name__)


class Fields:
    """One map of a wire object. All fields are optional: absent and null give the default."""

    def __init__(self, value: Mapping[str, Any], path: Path, problems: list[Problem]) -> None:
        self.value = value
        self.path = path
        self._problems = problems
        self._asked: set[str] = set()

    def problem(self, message: str, *place: str | int, warning: bool = False) -> None:
        self._problems.append(Problem((*self.path, *place), message, warning))

    def text(self, key: str) -> str:
        value = self._typed(key, str)
        return value if isinstance(value, str) else ""

    def required(self, key: str) -> str:
        value = self.text(key)
        if not value and self.value.get(key) in (None, ""):
            self.problem(f"{key} is missing")
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        value = self._typed(key, bool)
        return value if isinstance(value, bool) else default

    def number(self, key: str, default: int = 0) -> int:
        value = self._typed(key, int)
        return value if isinstance(value, int) else default

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings."""
        found = []
        for at, one in enumerate(self._typed(key, list) or ()):
            if isinstance(one, str):
                found.append(one)
            else:
                self._mistyped(one, str, key, at)
        return tuple(found)

    def text_map(self, key: str) -> dict[str, str]:
        """A map of strings."""
        found = {}
        for name, one in (self._typed(key, dict) or {}).items():
            if isinstance(one, str):
                found[name] = one
            else:
                self._mistyped(one, str, key, name)
        return found

    def section(self, key: str) -> Fields | None:
        """A map below this one, None where there is none."""
        value = self._typed(key, dict)
        return None if value is None else Fields(value, (*self.path, key), self._problems)

    def sections(self, key: str) -> list[Fields]:
        """A list of maps."""
        found = []
        for at, one in enumerate(self._typed(key, list) or ()):
            if isinstance(one, dict):
                found.append(Fields(one, (*self.path, key, at), self._problems))
            else:
                self._mistyped(one, dict, key, at)
        return found

    def ignored(self, *keys: str) -> None:
        """Fields that are known but mean nothing here."""
        self._asked.update(keys)

    def told_apart(self) -> None:
        """Warns of fields that look like a misspelling of one that could stand here."""
        for key in sorted(self.value.keys() - self._asked):
            near = difflib.get_close_matches(key, self._asked - self.value.keys(), 1, 0.8)
            if near:
                self.problem(f"unknown field; did you mean {near[0]}?", key, warning=True)

    def _typed(self, key: str, kind: type) -> Any:
        self._asked.add(key)
        value = self.value.get(key)
        # In Python a boolean is a number too.
        fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        if value is None or fits:
            return value
        self._mistyped(value, kind, key)
        return None

    def _mistyped(self, value: object, kind: type, *place: str | int) -> None:
        said = f"is {kind_of_value(value)}, should be {_NAMES[kind]}"
        if kind is str and isinstance(value, bool | int | float):
            said += ": put it in quotes"
        self.problem(said, *place)


def errors(problems: Sequence[Problem]) -> bool:
    return any(not one.warning for one in problems)
