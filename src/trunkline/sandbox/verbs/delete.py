"""Delete, one object or a collection: preconditions, finalizers, propagation."""

from __future__ import annotations

from typing import Any

from trunkline.sandbox.api import Api
from trunkline.sandbox.clock import now
from trunkline.sandbox.errors import conflict, forbidden
from trunkline.sandbox.kinds.resource import Resource
from trunkline.sandbox.request import DeleteOptions, Target
from trunkline.sandbox.verbs import read
from trunkline.sandbox.verbs.strategy import counts_generations

Json = dict[str, Any]

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"
CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
_POLICIES = {"": None, "Background": None, "Foreground": FOREGROUND, "Orphan": ORPHAN}
_PERMANENT = ("default", "kube-system", "kube-public")


def delete(api: Api, target: Target, options: DeleteOptions) -> Json:
    """A Status of success, or the object where it is still held. Raises ApiStatus."""
    live = read.get(api, target)
    _check(target, live, options)
    held = _marked(target.resource, live, options)
    if held is None:
        if not options.dry_run:
            api.store.remove(target.resource.storage, live)
        return _success(target.resource, live)
    if held is not live and not options.dry_run:
        return api.store.put(target.resource.storage, held)
    return held


def delete_collection(
    api: Api, target: Target, selection: read.Selection, options: DeleteOptions
) -> Json:
    found = read.objects(api, target, selection)
    for one in found:
        meta = one["metadata"]
        single = Target(target.resource, meta.get("namespace", ""), meta["name"])
        delete(api, single, options)
    resource = target.resource
    return {
        "kind": f"{resource.kind}List",
        "apiVersion": resource.api_version,
        "metadata": {"resourceVersion": str(api.store.version)},
        "items": found,
    }


def _check(target: Target, live: Json, options: DeleteOptions) -> None:
    one, meta = target.resource, live["metadata"]
    if options.uid and options.uid != meta["uid"]:
        why = (
            f"the UID in the precondition ({options.uid}) does not match the UID in record "
            f"({meta['uid']}). The object might have been deleted and then recreated"
        )
        raise conflict("", one.kind, target.name, why)
    if options.resource_version and options.resource_version != meta["resourceVersion"]:
        why = (
            f"Precondition failed: ResourceVersion in precondition: {options.resource_version}, "
            f"ResourceVersion in object meta: {meta['resourceVersion']}"
        )
        raise conflict(one.group, one.plural, target.name, why)
    if _is_namespace(one) and target.name in _PERMANENT:
        raise forbidden("", "namespaces", target.name, "this namespace may not be deleted")


def _marked(resource: Resource, live: Json, options: DeleteOptions) -> Json | None:
    """The object marked as being deleted; itself if it is already, None if nothing holds it."""
    meta = live["metadata"]
    finalizers = _finalizers(resource, meta, options)
    if not finalizers and not _holds_content(resource, live):
        return None
    if meta.get("deletionTimestamp") and finalizers == list(meta.get("finalizers") or ()):
        return live
    marked = {key: value for key, value in meta.items() if key != "finalizers"}
    if finalizers:
        marked["finalizers"] = finalizers
    if not meta.get("deletionTimestamp"):
        marked["deletionTimestamp"] = now()
        if counts_generations(resource):
            marked["generation"] = meta.get("generation", 0) + 1
    if _is_namespace(resource):
        status = {**(live.get("status") or {}), "phase": "Terminating"}
        return {**live, "metadata": marked, "status": status}
    return {**live, "metadata": {**marked, "deletionGracePeriodSeconds": 0}}


def _finalizers(resource: Resource, meta: Json, options: DeleteOptions) -> list[str]:
    """Those that it has, with the one of the propagation that is asked for."""
    found = list(meta.get("finalizers") or ())
    if options.propagation:
        wanted = _POLICIES[options.propagation]
        found = [one for one in found if one not in (FOREGROUND, ORPHAN)]
        found += [wanted] if wanted else []
    if _is_definition(resource) and not meta.get("deletionTimestamp") and CLEANUP not in found:
        # It waits for its objects, which go first.
        found.append(CLEANUP)
    return found


def _holds_content(resource: Resource, live: Json) -> bool:
    return _is_namespace(resource) and bool((live.get("spec") or {}).get("finalizers"))


def _is_namespace(resource: Resource) -> bool:
    return resource.kind == "Namespace" and not resource.group


def _is_definition(resource: Resource) -> bool:
    return resource.kind == "CustomResourceDefinition" and resource.custom is None


def _success(resource: Resource, gone: Json) -> Json:
    meta = gone["metadata"]
    details = {"name": meta["name"], "kind": resource.plural, "uid": meta["uid"]}
    if resource.group:
        details["group"] = resource.group
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details,
    }
