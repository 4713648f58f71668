"""Custom resources against their structural schema: pruning, defaults, validation.

The vocabulary is that of the apiextensions v1 API: OpenAPI v3 without `$ref`, with the
`x-kubernetes-` extensions. CEL rules (`x-kubernetes-validations`) are not evaluated.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

from trunkline.sandbox.errors import Cause

Json = dict[str, Any]

_ROOT = ("apiVersion", "kind", "metadata")


def pruned(value: Any, schema: Json, unknown: list[str], path: str = "", root: bool = True) -> Any:
    """Without the fields that the schema does not name; `unknown` learns their paths."""
    if isinstance(value, list):
        items = schema.get("items") or {}
        return [pruned(one, items, unknown, f"{path}[{n}]", False) for n, one in enumerate(value)]
    if not isinstance(value, dict):
        return value
    properties, more = schema.get("properties") or {}, schema.get("additionalProperties")
    keep = schema.get("x-kubernetes-preserve-unknown-fields") or more is True
    embedded = root or schema.get("x-kubernetes-embedded-resource")
    kept = {}
    for name, one in value.items():
        at = f"{path}.{name}" if path else name
        if name in properties and not (root and name in _ROOT):
            kept[name] = pruned(one, properties[name], unknown, at, False)
        elif isinstance(more, dict):
            kept[name] = pruned(one, more, unknown, at, False)
        elif keep or (embedded and name in _ROOT):
            kept[name] = one
        else:
            unknown.append(at)
    return kept


def defaulted(value: Any, schema: Json) -> Any:
    """With the defaults of the schema; a null where none may be is as good as nothing."""
    if isinstance(value, list):
        return [defaulted(one, schema.get("items") or {}) for one in value]
    if not isinstance(value, dict):
        return value
    properties, more = schema.get("properties") or {}, schema.get("additionalProperties")
    found = dict(value)
    for name, one in properties.items():
        absent = name not in found or (found[name] is None and not one.get("nullable"))
        if absent and "default" in one:
            found[name] = copy.deepcopy(one["default"])
        if name in found:
            found[name] = defaulted(found[name], one)
    if isinstance(more, dict):
        found.update((k, defaulted(v, more)) for k, v in found.items() if k not in properties)
    return found


def violations(value: Any, schema: Json, path: str = "") -> Iterator[Cause]:
    """Every way in which a value is not as its schema says."""
    if value is None and schema.get("nullable"):
        return
    if wanted := _mistyped(value, schema):
        shown = _word(value)
        text = f'Invalid value: "{shown}": {path} in body must be of type {wanted}: "{shown}"'
        yield Cause("FieldValueTypeInvalid", text, path)
        return
    yield from _plain_violations(value, schema, path)
    if isinstance(value, dict):
        yield from _field_violations(value, schema, path)
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from violations(one, schema.get("items") or {}, f"{path}[{number}]")
    yield from _composed(value, schema, path)


_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
}


def _mistyped(value: Any, schema: Json) -> str:
    if schema.get("x-kubernetes-int-or-string"):
        good = isinstance(value, int | str) and not isinstance(value, bool)
        return "" if good else "integer,string"
    wanted = str(schema.get("type") or "")
    return "" if not wanted or _TYPES[wanted](value) else wanted


def _word(value: Any) -> str:
    return next((name for name, test in _TYPES.items() if test(value)), "null")


# keyword → (whether it is violated, what is said of it)
_KEYWORDS: tuple[tuple[str, Callable[[Any, Any], bool], str], ...] = (
    ("minimum", lambda v, at: v < at, "should be greater than or equal to {at}"),
    ("maximum", lambda v, at: v > at, "should be less than or equal to {at}"),
    ("multipleOf", lambda v, at: v % at != 0, "should be a multiple of {at}"),
    ("minLength", lambda v, at: len(v) < at, "should be at least {at} chars long"),
    ("maxLength", lambda v, at: len(v) > at, "should be at most {at} chars long"),
    ("minItems", lambda v, at: len(v) < at, "should have at least {at} items"),
    ("maxItems", lambda v, at: len(v) > at, "should have at most {at} items"),
    ("minProperties", lambda v, at: len(v) < at, "should have at least {at} properties"),
    ("maxProperties", lambda v, at: len(v) > at, "should have at most {at} properties"),
    ("pattern", lambda v, at: not re.search(at, v), "should match '{at}'"),
)


def _plain_violations(value: Any, schema: Json, path: str) -> Iterator[Cause]:
    if "enum" in schema and value not in schema["enum"]:
        choices = ", ".join(f'"{one}"' for one in schema["enum"])
        text = f'Unsupported value: "{value}": supported values: {choices}'
        yield Cause("FieldValueNotSupported", text, path)
    for keyword, violated, said in _KEYWORDS:
        if keyword in schema and _applies(keyword, value) and violated(value, schema[keyword]):
            text = f"{path} in body {said.format(at=schema[keyword])}"
            shown = f'"{value}"' if isinstance(value, str) else value
            yield Cause("FieldValueInvalid", f"Invalid value: {shown}: {text}", path)


def _applies(keyword: str, value: Any) -> bool:
    if keyword.endswith("Length") or keyword == "pattern":
        return isinstance(value, str)
    if keyword.endswith("Items"):
        return isinstance(value, list)
    if keyword.endswith("Properties"):
        return isinstance(value, dict)
    return isinstance(value, int | float) and not isinstance(value, bool)


def _field_violations(value: Json, schema: Json, path: str) -> Iterator[Cause]:
    properties, more = schema.get("properties") or {}, schema.get("additionalProperties")
    for name in schema.get("required") or ():
        if name not in value:
            at = f"{path}.{name}" if path else name
            yield Cause("FieldValueRequired", "Required value", at)
    for name, one in value.items():
        at = f"{path}.{name}" if path else name
        if name in properties and not (not path and name == "metadata"):
            yield from violations(one, properties[name], at)
        elif name not in properties and isinstance(more, dict):
            yield from violations(one, more, at)


def _composed(value: Any, schema: Json, path: str) -> Iterator[Cause]:
    """allOf, anyOf, oneOf, not."""
    for one in schema.get("allOf") or ():
        yield from violations(value, one, path)
    for word, most in (("anyOf", None), ("oneOf", 1)):
        choices = schema.get(word)
        if choices:
            count = sum(not any(violations(value, one, path)) for one in choices)
            if not count or (most and count > most):
                text = f'Invalid value: "": "{path}" must validate {_ONE[word]} schema ({word})'
                yield Cause("FieldValueInvalid", text, path)
    if "not" in schema and not any(violations(value, schema["not"], path)):
        text = f'Invalid value: "": "{path}" must not validate the schema (not)'
        yield Cause("FieldValueInvalid", text, path)


_ONE = {"anyOf": "at least one", "oneOf": "one and only one"}
