"""Where a field stands in an object, as a person writes it.

`spec.template.spec.containers[name=web].image`, `metadata.annotations["a.b/c"]`, `args[2]`,
`metadata.finalizers["x.io/y"]`: map keys, items named by their merge key, positions, members of
sets. A path is a plain tuple, so it can be compared, hashed and cut.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

_PLAIN_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*")
_PLAIN_VALUE = re.compile(r"[^\s\[\]=,\"]+")


class Item(Struct, frozen=True):
    """A list item, named by its merge key: field names and their values.

    A member of a set of scalars has the one field name "".
    """

    keys: tuple[tuple[str, Any], ...]

    def __str__(self) -> str:
        if self.keys[0][0] == "":
            return json.dumps(self.keys[0][1], ensure_ascii=False)
        return ",".join(f"{name}={_value(value)}" for name, value in self.keys)

    @property
    def label(self) -> str:
        """The key's values alone, as they name the item in a list of items."""
        return "/".join(str(value) for _, value in self.keys)


Step = str | int | Item
Path = tuple[Step, ...]


def said(path: Iterable[Step]) -> str:
    """The path as text, "" for the object itself."""
    text = ""
    for step in path:
        if isinstance(step, str) and _PLAIN_KEY.fullmatch(step):
            text += f".{step}" if text else step
        elif isinstance(step, str):
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
        else:
            text += f"[{step}]"
    return text


def enclosing(paths: Sequence[Path]) -> Path:
    """The longest path that all of these begin with."""
    shared = paths[0]
    for path in paths[1:]:
        length = 0
        for one, other in zip(shared, path, strict=False):
            if one != other:
                break
            length += 1
        shared = shared[:length]
    return shared


def _value(value: Any) -> str:
    text = str(value)
    return text if _PLAIN_VALUE.fullmatch(text) else json.dumps(text, ensure_ascii=False)
