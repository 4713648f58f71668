"""Who wrote a field of a live object, and when: read from `metadata.managedFields`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from trunkline.core.diff.managed import step_of
from trunkline.core.diff.path import Item, Path, Step
from trunkline.core.manifest import Manifest
from trunkline.core.marks import MANAGER


class Writer(Struct, frozen=True):
    """One entry of managedFields. `time` is RFC 3339, "" where the server gives none."""

    manager: str
    operation: str
    time: str

    @property
    def is_us(self) -> bool:
        return self.manager == MANAGER


def writers(live: Manifest) -> list[Writer]:
    """All who ever wrote to the object and still own a part of it, the latest first."""
    return _latest(map(_writer, _entries(live)))


def writers_of(live: Manifest, path: Path) -> list[Writer]:
    """Those who own the field at this path, the latest first."""
    found = [one for one in _entries(live) if _owns(one.get("fieldsV1") or {}, live, path)]
    return _latest(map(_writer, found))


def _latest(found: Any) -> list[Writer]:
    return sorted(found, key=lambda one: (one.time, one.manager), reverse=True)


def _entries(live: Manifest) -> list[Mapping[str, Any]]:
    found = (live.get("metadata") or {}).get("managedFields") or ()
    return [one for one in found if isinstance(one, dict)]


def _writer(entry: Mapping[str, Any]) -> Writer:
    subresource = f" {entry['subresource']}" if entry.get("subresource") else ""
    return Writer(
        str(entry.get("manager") or ""),
        f"{entry.get('operation') or ''}{subresource}",
        str(entry.get("time") or ""),
    )


def _owns(fields: Mapping[str, Any], value: Any, path: Path) -> bool:
    """Whether these fields reach to the place, or own something above it as a whole."""
    for step in path:
        if not fields or set(fields) == {"."}:
            return True  # A leaf: an atomic list or map belongs to its owner with all in it.
        at = _position(step, value)
        key = next((key for key in fields if at is not None and _leads(key, value, at)), None)
        if at is None or key is None:
            return False
        fields, value = fields[key], value[at]
    return True


def _leads(key: str, value: Any, at: str | int) -> bool:
    return key != "." and step_of(key, value) == at


def _position(step: Step, value: Any) -> str | int | None:
    """Where in the value this step of a path leads, None where nothing is."""
    if isinstance(step, str):
        return step if isinstance(value, dict) and step in value else None
    if not isinstance(value, list):
        return None
    if isinstance(step, Item):
        return next((at for at, one in enumerate(value) if _is(step, one)), None)
    return step if step < len(value) else None


def _is(item: Item, value: Any) -> bool:
    if item.keys[0][0] == "":
        return bool(value == item.keys[0][1])
    return (
        isinstance(value, dict)
        and all(value.get(name) == wanted for name, wanted in item.keys if name in value)
        and any(name in value for name, _ in item.keys)
    )
