"""Create and update: the one way into the store, whatever verb or patch it comes from."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from trunkline.sandbox.api import Api
from trunkline.sandbox.clock import now
from trunkline.sandbox.errors import (
    MODIFIED,
    ApiStatus,
    Cause,
    already_exists,
    bad_request,
    conflict,
    details,
    forbidden,
    invalid,
    not_found,
)
from trunkline.sandbox.fields.managers import Owner, Shares, decoded, encoded
from trunkline.sandbox.fields.ownership import updated
from trunkline.sandbox.fields.sets import Fields
from trunkline.sandbox.kinds.resource import Resource
from trunkline.sandbox.request import Options, Target
from trunkline.sandbox.typed.schema import blank
from trunkline.sandbox.verbs import admit, read
from trunkline.sandbox.verbs.allocate import allocate, service_update
from trunkline.sandbox.verbs.strategy import before_create, before_update

Json = dict[str, Any]


def create(api: Api, target: Target, body: Any, options: Options) -> Json:
    """POST. Raises ApiStatus."""
    obj = admit.located(target, admit.decoded(target, body, options))
    if obj["metadata"].get("resourceVersion"):
        raise bad_request("resourceVersion should not be set on objects to be created")
    owner = Owner.updating(options.manager, target.resource.api_version)
    ignored = unwritable(target)
    obj["metadata"].pop("managedFields", None)
    kind = target.resource.type
    before = {} if target.resource.custom is not None else blank(kind)
    sent = _without_status(target.resource, obj)
    shares = updated(before, sent, kind, {}, owner, ignored=ignored)
    return insert(api, target, obj, shares, options)


def insert(api: Api, target: Target, obj: Json, shares: Shares, options: Options) -> Json:
    """Store a new object whose fields belong to these owners."""
    resource = target.resource
    check_namespace(api, target, str(obj["metadata"].get("name") or ""))
    made = allocate(api, resource, before_create(api, resource, obj))
    admit.check(resource, made)
    name = made["metadata"]["name"]
    if api.store.get(resource.storage, target.namespace, name) is not None:
        raise already_exists(resource.group, resource.plural, name)
    made = stamped(made, shares)
    if options.dry_run:
        return made
    return api.store.put(resource.storage, stored(resource, made))


def replace_object(api: Api, target: Target, body: Any, options: Options) -> Json:
    """PUT. Raises ApiStatus."""
    obj = admit.located(target, admit.decoded(target, body, options))
    old = read.get(api, target)
    if target.resource.custom is not None and not obj["metadata"].get("resourceVersion"):
        raise _unconditional(target)
    return update(api, target, old, obj, options)


def _unconditional(target: Target) -> ApiStatus:
    """Custom resources are not replaced blindly (`AllowUnconditionalUpdate` is off for them)."""
    rule = "Invalid value: 0: must be specified for an update"
    cause = Cause("FieldValueInvalid", rule, "metadata.resourceVersion")
    return invalid(target.resource.group, target.resource.plural, target.name, [cause])


def update(api: Api, target: Target, old: Json, new: Json, options: Options) -> Json:
    """Store a changed object; the writer owns what changed. `new` is decoded and complete."""
    check_preconditions(target, old, new)
    resource = target.resource
    settled = settle(api, target, old, new)
    through = target.subresource or options.through
    owner = Owner.updating(options.manager, resource.api_version, through)
    sent = new["metadata"].get("managedFields")
    shares = updated(
        bare(old),
        bare(settled),
        resource.type,
        decoded(sent if sent is not None else old["metadata"].get("managedFields")),
        owner,
        ignored=unwritable(target),
    )
    if sent == [{}]:
        # An empty entry is how a client asks to forget all owners.
        shares = {}
    return finish(api, target, old, settled, shares, options)


def settle(api: Api, target: Target, old: Json, new: Json) -> Json:
    """The new object as this endpoint may write it."""
    settled = before_update(target.resource, old, new, target.subresource)
    if target.resource.kind == "Service" and not target.resource.group and not target.subresource:
        settled = service_update(api, settled, old)
    return settled


def finish(
    api: Api, target: Target, old: Json, new: Json, shares: Shares, options: Options
) -> Json:
    """Check it and store it, unless nothing changes. What loses its last finalizer is gone."""
    resource = target.resource
    admit.check(resource, new, old, target.subresource)
    changed = _stamped_update(old, new, shares, options)
    if changed is old or options.dry_run:
        return changed
    meta = changed["metadata"]
    if meta.get("deletionTimestamp") and not _held(resource, changed):
        return api.store.remove(resource.storage, changed)
    return api.store.put(resource.storage, stored(resource, changed))


def _held(resource: Resource, obj: Json) -> bool:
    if obj["metadata"].get("finalizers"):
        return True
    is_namespace = resource.kind == "Namespace" and not resource.group
    return is_namespace and bool((obj.get("spec") or {}).get("finalizers"))


def _stamped_update(old: Json, new: Json, shares: Shares, options: Options) -> Json:
    """With its owners; the old object itself where nothing but a time would change."""
    entries = encoded(shares)
    meta = {k: v for k, v in new["metadata"].items() if k != "managedFields"}
    meta["resourceVersion"] = old["metadata"]["resourceVersion"]
    if entries:
        meta["managedFields"] = entries
    changed = {**new, "metadata": meta}
    if changed == old:
        return old
    return stamped(changed, shares)


def stamped(obj: Json, shares: Shares) -> Json:
    """The object with its owners in `managedFields`; a share without a time is of now."""
    time = now()
    timed = {
        owner: share if share.time else replace(share, time=time) for owner, share in shares.items()
    }
    meta = {**obj["metadata"]}
    meta.pop("managedFields", None)
    if timed:
        meta["managedFields"] = encoded(timed)
    return {**obj, "metadata": meta}


def bare(obj: Json) -> Json:
    """Without the entries that say who owns it."""
    meta = {k: v for k, v in obj["metadata"].items() if k != "managedFields"}
    return {**obj, "metadata": meta}


def stored(resource: Resource, obj: Json) -> Json:
    """As it lies in the store, where the version is that of whoever wrote it last."""
    return {**obj, "apiVersion": resource.api_version, "kind": resource.kind}


def unwritable(target: Target) -> Fields:
    """The fields that a request to this endpoint cannot change, and so never owns."""
    if target.subresource == "status":
        return {"f:spec": {}}
    return {"f:status": {}} if target.resource.has_status else {}


def _without_status(resource: Resource, obj: Json) -> Json:
    return {k: v for k, v in obj.items() if not (k == "status" and resource.has_status)}


def check_preconditions(target: Target, old: Json, new: Json) -> None:
    """A resourceVersion or uid that is sent must be the live one. Raises ApiStatus 409."""
    resource, meta = target.resource, new["metadata"]
    name = str(old["metadata"]["name"])
    sent = meta.get("resourceVersion")
    if sent and sent != old["metadata"]["resourceVersion"]:
        raise conflict(resource.group, resource.plural, name, MODIFIED)
    if meta.get("uid") and meta["uid"] != old["metadata"]["uid"]:
        why = (
            f"Precondition failed: UID in precondition: {meta['uid']}, UID in object meta: "
            f"{old['metadata']['uid']}"
        )
        raise conflict(resource.group, resource.plural, name, why)


def check_namespace(api: Api, target: Target, name: str) -> None:
    """The namespace must be there and stay. Raises ApiStatus 404 or 403."""
    if not target.resource.namespaced:
        return
    found = api.namespace(target.namespace)
    if found is None:
        raise not_found("", "namespaces", target.namespace)
    if found["metadata"].get("deletionTimestamp"):
        space = target.namespace
        why = f"unable to create new content in namespace {space} because it is being terminated"
        said = f"namespace {space} is being terminated"
        cause = Cause("NamespaceTerminating", said, "metadata.namespace")
        raise forbidden(target.resource.group, target.resource.plural, name, why, cause)


def refuse(target: Target, code: int, reason: str, message: str) -> ApiStatus:
    one = target.resource
    return ApiStatus(code, reason, message, details=details(one.group, one.plural, target.name))
