"""Sections of the files that Trunkline itself defines, and what is wrong with one, line by line."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from trunkline.core.argo.fields import spelled
from trunkline.core.argo.place import line_of


class Section(BaseModel):
    """Keys are written in camelCase; unknown ones are refused."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=False,
        extra="forbid",
        frozen=True,
        # Only the whole file's model is ever asked; building each section's costs a command time.
        defer_build=True,
    )


def mistakes(
    error: ValidationError,
    model: type[BaseModel],
    data: bytes,
    file: str,
    *,
    start: int = 1,
    above: tuple[str | int, ...] = (),
) -> list[str]:
    """Each mistake as `file:line: key: what`, without the value that is wrong.

    `start` is the line at which the document begins, `above` where the section stands in it.
    """
    lines = []
    for one in error.errors(include_url=False, include_input=False):
        path = (*above, *one["loc"])
        place = f"{file}:{line_of(data, start, path)}"
        lines.append(f"{place}: {spelled(path)}: {_said(one, one['loc'], model)}")
    return sorted(set(lines))


def _said(error: Mapping[str, Any], path: tuple[str | int, ...], model: type[BaseModel]) -> str:
    if error["type"] != "extra_forbidden":
        message = str(error["msg"]).replace("valid tuple", "list").replace("dictionary", "map")
        return message[:1].lower() + message[1:]
    near = difflib.get_close_matches(str(path[-1]), _keys(path[:-1], model), 1)
    return "unknown key" + (f"; did you mean {near[0]}?" if near else "")


def _keys(path: tuple[str | int, ...], model: type[BaseModel]) -> list[str]:
    """The keys that the section at a path knows."""
    schema = model.model_json_schema(by_alias=True)
    here: Any = schema
    for part in path:
        here = here.get("items", {}) if isinstance(part, int) else here["properties"].get(part, {})
        if "$ref" in here:
            here = schema["$defs"][here["$ref"].rpartition("/")[2]]
    return list(here.get("properties", {}))
