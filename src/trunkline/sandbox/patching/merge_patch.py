"""JSON Merge Patch (RFC 7386): maps are merged, null removes, all else is replaced."""

from __future__ import annotations

from typing import Any


def merge_patched(document: Any, patch: Any) -> Any:
    """A new document; neither argument is changed."""
    if not isinstance(patch, dict):
        return patch
    found = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = merge_patched(found.get(key), value)
    return found
