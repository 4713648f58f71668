"""Reading live objects, whose status may have any shape, or none yet.

Each reader answers with the empty value of its type where the field is not there or is of
another type, as a typed client would decode a field that was left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Fields = Mapping[str, Any]

EMPTY: Fields = {}


def section(fields: Fields, *path: str) -> Fields:
    """The map at a path: `section(deployment, "spec", "strategy")`."""
    for key in path:
        found = fields.get(key)
        if not isinstance(found, Mapping):
            return EMPTY
        fields = found
    return fields


def entries(fields: Fields, key: str) -> list[Fields]:
    """The maps of a list."""
    found = fields.get(key)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def count(fields: Fields, key: str, default: int = 0) -> int:
    """A whole number; true and false are none."""
    found = fields.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else default


def text(fields: Fields, key: str) -> str:
    found = fields.get(key)
    return found if isinstance(found, str) else ""


def at(fields: Fields, path: str) -> Any:
    """What stands at a dotted path, None where nothing does: `at(rollout, "spec.paused")`."""
    *maps, last = path.split(".")
    return section(fields, *maps).get(last)


def said_at(fields: Fields, paths: str) -> str:
    """The first text at these dotted paths, lists of texts joined."""
    for path in paths.split():
        found = at(fields, path)
        if isinstance(found, list):
            found = "; ".join(one for one in found if isinstance(one, str))
        if isinstance(found, str) and found:
            return found
    return ""


def joined(parts: Sequence[str]) -> str:
    """Reason and message, or what there is of them: `BackoffLimitExceeded: Job has …`."""
    return ": ".join(part for part in parts if part)


def unobserved(manifest: Fields) -> bool:
    """Whether the controller has not seen the newest spec yet (`observedGeneration`)."""
    observed = section(manifest, "status").get("observedGeneration")
    generation = count(section(manifest, "metadata"), "generation")
    # Some controllers write the number as a string.
    if isinstance(observed, str) and observed.isdecimal():
        observed = int(observed)
    return isinstance(observed, int) and observed < generation


UNOBSERVED = "waits until its controller has seen the newest spec"
