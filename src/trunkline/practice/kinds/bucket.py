"""A bucket like S3's: its name is its identity everywhere, and a full one is not deleted."""

from __future__ import annotations

from typing import Any

from trunkline.practice.kinds.kind import (
    BOOL,
    EVERY,
    NUMBER,
    Kind,
    Values,
    address,
    computed,
    optional,
    required,
)


def _made(id: str, values: Values) -> dict[str, Any]:
    return {
        "id": id,
        "address": address("bucket", id, values),
        "url": f"https://{values['name']}.objects.practice.test",
        "object_count": values.get("object_count") or 0,
    }


def _held(found: Values) -> str:
    count = found["object_count"] or 0
    if count and not found["force_destroy"]:
        return f"it holds {count} objects: empty it, or set force_destroy = true and apply that"
    return ""


BUCKET = Kind(
    "bucket",
    "bkt",
    (
        *EVERY,
        required("name", replaces=True, says="Its name, which nobody else's may have."),
        optional("versioning", BOOL, default=False, says="Old versions are kept."),
        optional("public", BOOL, default=False, says="Everybody may read it."),
        optional("force_destroy", BOOL, default=False, says="It goes with all that it holds."),
        computed("url", says="Where it is read."),
        computed("object_count", NUMBER, says="How much it holds."),
    ),
    _made,
    held=_held,
    unique=True,
    says="A bucket of objects.",
)
