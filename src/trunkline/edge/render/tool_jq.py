"""jq path expressions, run inside a confined worker: what runs too long or grows too large is ended
with it, and there is no environment and no file to look at.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import orjson

# So many places of one object; more is no list of fields that somebody wants ignored.
MOST = 20_000


def prepare() -> None:
    """Load jq, which a confined process may still do."""
    import_module("jq")


def locate(
    options: Mapping[str, Any], files: Mapping[str, bytes]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Of each object the `paths` that the expression names, or one `error` for all.

    An expression that fails on an object (`.a[]` where a is absent) names nothing, as in Argo CD.
    """
    library = import_module("jq")
    try:
        program = library.compile(f"[limit({MOST}; path({options['expression']}\n))]")
    except ValueError as error:
        said = str(error).splitlines()[0].removeprefix("jq: error: ")
        return [{"error": said}], []
    return [{"paths": _paths(program, data)} for data in files.values()], []


def _paths(program: Any, data: bytes) -> list[Any]:
    try:
        found: list[Any] = orjson.loads(program.input_text(data.decode()).text() or "[]")
    except ValueError:
        return []
    return found
