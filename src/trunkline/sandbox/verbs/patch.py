"""PATCH, by the content type of its body."""

from __future__ import annotations

from typing import Any

from trunkline.sandbox.api import Api
from trunkline.sandbox.errors import ApiStatus, Cause, invalid, unsupported_media
from trunkline.sandbox.patching.json_patch import BadPatch, json_patched
from trunkline.sandbox.patching.merge_patch import merge_patched
from trunkline.sandbox.patching.strategic import strategic_patched
from trunkline.sandbox.request import Options, Target
from trunkline.sandbox.verbs import admit, read, write
from trunkline.sandbox.verbs.apply import apply

Json = dict[str, Any]

JSON = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
ACCEPTED = (JSON, MERGE, STRATEGIC, APPLY)


def patch(api: Api, target: Target, kind: str, body: Any, options: Options) -> tuple[Json, bool]:
    """The object as it is now, and whether it was created. Raises ApiStatus."""
    if kind == APPLY:
        return apply(api, target, body, options)
    old = read.get(api, target)
    obj = admit.located(target, _decoded(target, patched(target, kind, old, body), options))
    return write.update(api, target, old, obj, options), False


def patched(target: Target, kind: str, old: Json, body: Any) -> Json:
    """The patched object as it was sent, not decoded yet."""
    one = target.resource
    if kind == MERGE:
        found: Json = merge_patched(old, body)
    elif kind == STRATEGIC and one.custom is None:
        found = strategic_patched(old, body, one.type)
    elif kind == JSON:
        found = _by_operations(old, body)
    else:
        accepted = [each for each in ACCEPTED if each != STRATEGIC or one.custom is None]
        raise unsupported_media(accepted)
    return found


def _decoded(target: Target, new: Json, options: Options) -> Json:
    """What a patch makes of an object is invalid (422) where a body would be bad (400)."""
    try:
        return admit.decoded(target, new, options)
    except ApiStatus as error:
        if error.reason != "BadRequest":
            raise
        cause = Cause("FieldValueInvalid", f"Invalid value: the patched object: {error}", "patch")
        raise invalid("", "", "", [cause]) from None


def _by_operations(old: Json, body: Any) -> Json:
    """The answer to a patch that cannot be done does not say which operation it was."""
    try:
        found: Json = json_patched(old, body)
        return found
    except BadPatch as error:
        said = "the server rejected our request due to an error in our request"
        raise ApiStatus(422, "Invalid", said) from error
