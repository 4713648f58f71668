"""From a body to an object that may be stored: decoded, completed, checked."""

from __future__ import annotations

from typing import Any

from trunkline.sandbox.admission import custom
from trunkline.sandbox.admission.decode import Decoder
from trunkline.sandbox.admission.defaults import complete
from trunkline.sandbox.admission.metadata import metadata_causes, metadata_change_causes
from trunkline.sandbox.admission.rules import broken
from trunkline.sandbox.errors import ApiStatus, Cause, bad_request, invalid
from trunkline.sandbox.kinds.resource import Resource
from trunkline.sandbox.request import STRICT, WARN, Options, Target

Json = dict[str, Any]


def decoded(target: Target, body: Any, options: Options) -> Json:
    """The body as an object of the target's kind with its defaults. Raises ApiStatus 400."""
    resource = target.resource
    if not isinstance(body, dict):
        raise bad_request("the body of the request is not an object")
    _check_kind(resource, body)
    unknown: list[str] = []
    if resource.custom is None:
        decoder = Decoder(resource)
        found, unknown = decoder.decoded(body), decoder.unknown
        complete(resource.group, resource.kind, found)
    else:
        found = custom.defaulted(custom.pruned(body, resource.custom, unknown), resource.custom)
        found["metadata"] = Decoder(resource).metadata(found.get("metadata"))
    _report(resource, unknown, options)
    return found


def located(target: Target, obj: Json) -> Json:
    """The object with the namespace of the path; one of another is refused."""
    meta = dict(obj["metadata"])
    if not target.resource.namespaced:
        meta.pop("namespace", None)
    elif meta.get("namespace") not in (None, "", target.namespace):
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    else:
        meta["namespace"] = target.namespace
    if target.name and meta.get("name") not in (None, "", target.name):
        raise bad_request(
            f"the name of the object ({meta['name']}) does not match the name on the URL "
            f"({target.name})"
        )
    if target.name:
        meta["name"] = target.name
    return {**obj, "metadata": meta}


def check(resource: Resource, new: Json, old: Json | None = None, subresource: str = "") -> None:
    """Raises ApiStatus 422 with every cause."""
    causes = list(metadata_causes(resource, new))
    if old is not None:
        causes += metadata_change_causes(old, new)
    if resource.custom is not None:
        causes += custom.violations(new, resource.custom)
    elif not subresource:
        causes += broken(resource.group, resource.kind, new, old)
    if causes:
        raise refused(resource, str(new["metadata"].get("name") or ""), causes)


def refused(resource: Resource, name: str, causes: list[Cause]) -> ApiStatus:
    return invalid(resource.group, resource.kind, name, causes)


def _check_kind(resource: Resource, body: Json) -> None:
    said = (body.get("apiVersion"), body.get("kind"))
    wanted = (resource.api_version, resource.kind)
    for given, right in zip(said, wanted, strict=True):
        if given not in (None, "", right):
            raise bad_request(
                f"the object provided is {said[0]}, Kind={said[1]}; this path takes "
                f"{wanted[0]}, Kind={wanted[1]}"
            )


def _report(resource: Resource, unknown: list[str], options: Options) -> None:
    """Unknown fields: an error, a warning or nothing, as the request asks (KEP-2885)."""
    if not unknown or options.validation not in (STRICT, WARN):
        return
    said = [f'unknown field "{path}"' for path in unknown]
    if options.validation == STRICT:
        one = resource
        raise bad_request(
            f'{one.kind} in version "{one.version}" cannot be handled as a {one.kind}: strict '
            f"decoding error: {', '.join(said)}"
        )
    options.warnings.extend(said)
