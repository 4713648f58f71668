"""Fields that a kind's schema does not know, for objects that say `Validate=false`.

A server-side apply refuses such a field whatever is asked of its validation; with `kubectl apply
--validate=false` it is dropped. So what the refusal names is taken out before asking again.
"""

from __future__ import annotations

import copy
import re
from typing import Any

import orjson

from trunkline.core.manifest import Manifest

# Paths as structured-merge-diff writes them: `.spec.containers[name="web"].image`, `.args[0]`.
_REFUSED = re.compile(
    r"((?:\.[^\s.\[\]:]+|\[(?:\"(?:[^\"\\]|\\.)*\"|[^\]\"])*\])+): field not declared"
)
_STEP = re.compile(r"\.([^\s.\[\]:]+)|\[((?:\"(?:[^\"\\]|\\.)*\"|[^\]\"])*)\]")
_KEY = re.compile(r"([^=,]+)=(\"(?:[^\"\\]|\\.)*\"|[^,]+)")


def without_undeclared(manifest: Manifest, refusal: str) -> Manifest:
    """The manifest without the fields that an API server's message says are not declared."""
    rest = copy.deepcopy(manifest)
    for match in _REFUSED.finditer(refusal):
        *above, last = _STEP.findall(match[1])
        value: Any = rest
        for name, inside in above:
            value = _below(value, name, inside)
        if isinstance(value, dict):
            value.pop(last[0], None)
    return rest


def _below(value: Any, name: str, inside: str) -> Any:
    if name:
        return value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, list):
        return None
    if inside.isdecimal():
        return value[int(inside)] if int(inside) < len(value) else None
    wanted = {key: orjson.loads(text) for key, text in _KEY.findall(inside)}
    items = (one for one in value if isinstance(one, dict))
    return next((one for one in items if _has(one, wanted)), None)


def _has(item: dict[str, Any], keys: dict[str, Any]) -> bool:
    """Whether an item has these merge keys; the server may have defaulted those it lacks."""
    return all(item.get(key, value) == value for key, value in keys.items())
