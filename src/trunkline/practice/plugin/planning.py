"""What a change of an object would make of it: the plan of one resource, without the cloud."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trunkline.practice.kinds.kind import Field, Kind
from trunkline.practice.plugin.values import UNKNOWN

Values = Mapping[str, Any]


def created(kind: Kind, config: Values, region: str) -> dict[str, Any]:
    """A new object: what is given, the defaults, and what only the cloud will know."""
    given = _given(kind, config, region)
    return {**given, **{field.name: UNKNOWN for field in kind.own}}


def updated(kind: Kind, prior: Values, config: Values, region: str) -> dict[str, Any]:
    """The object with what is given now; the cloud's own fields stay, if nothing changes them."""
    given = _given(kind, config, region)
    changed = {name for name, value in given.items() if value != prior[name]}
    own = {
        field.name: UNKNOWN if changed & set(field.follows) else prior[field.name]
        for field in kind.own
    }
    return {**given, **own}


def replaced_by(kind: Kind, prior: Values, planned: Values) -> tuple[str, ...]:
    """The fields whose change makes the object anew."""
    fixed = [
        field.name
        for field in kind.attributes
        if field.replaces and prior[field.name] != planned[field.name]
    ]
    known = not any(value is UNKNOWN for value in planned.values())
    more = kind.also_replaces(prior, planned) if known else ()
    return (*fixed, *more)


def mistakes(kind: Kind, config: Values) -> Iterator[tuple[str, str]]:
    """(field, what is wrong with its value)."""
    for field in kind.attributes:
        value = config.get(field.name)
        if field.among and isinstance(value, str) and value not in field.among:
            yield field.name, f"expected one of {', '.join(field.among)}, got {value!r}"


def _given(kind: Kind, config: Values, region: str) -> dict[str, Any]:
    return {field.name: _value(field, config, region) for field in kind.fields if field.given}


def _value(field: Field, config: Values, region: str) -> Any:
    value = config[field.name]
    if value is not None:
        return value
    return region if field.name == "region" else field.default
