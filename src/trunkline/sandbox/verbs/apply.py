"""Server-side apply (KEP-555)."""

from __future__ import annotations

from typing import Any

from trunkline.sandbox.api import Api
from trunkline.sandbox.errors import ApiStatus, Cause, bad_request
from trunkline.sandbox.fields.managers import Owner, Shares, decoded
from trunkline.sandbox.fields.ownership import Conflicts, applied
from trunkline.sandbox.fields.path import NoKey
from trunkline.sandbox.fields.sets import paths
from trunkline.sandbox.request import Options, Target
from trunkline.sandbox.typed.check import mistyped
from trunkline.sandbox.verbs import admit, write

Json = dict[str, Any]


def apply(api: Api, target: Target, body: Any, options: Options) -> tuple[Json, bool]:
    """The object as it is now, and whether it was created. Raises ApiStatus."""
    config = _config(target, body)
    resource = target.resource
    live = api.store.get(resource.storage, target.namespace, target.name)
    if live is None and target.subresource:
        raise write.refuse(target, 404, "NotFound", f'{resource.plural} "{target.name}" not found')
    if live is None:
        write.check_namespace(api, target, target.name)
    else:
        live = {**live, "apiVersion": resource.api_version}
        write.check_preconditions(target, live, config)
    new, shares = _applied(target, live, config, options)
    obj = admit.located(target, admit.decoded(target, new, options))
    if live is None:
        return write.insert(api, target, obj, shares, options), True
    settled = write.settle(api, target, live, obj)
    return write.finish(api, target, live, settled, shares, options), False


def _config(target: Target, body: Any) -> Json:
    """What was sent, if it can be applied. Raises ApiStatus 400."""
    if not isinstance(body, dict):
        raise bad_request("the applied body is not an object")
    resource, meta = target.resource, body.get("metadata")
    meta = meta if isinstance(meta, dict) else {}
    if meta.get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
    if body.get("apiVersion") != resource.api_version or body.get("kind") != resource.kind:
        raise bad_request(
            f"the applied object is {body.get('apiVersion')}, Kind={body.get('kind')}; this path "
            f"takes {resource.api_version}, Kind={resource.kind}"
        )
    space = {"namespace": target.namespace} if resource.namespaced else {}
    config = admit.located(target, {**body, "metadata": {"name": target.name, **space, **meta}})
    _check_typed(target, config, str(meta.get("namespace") or ""))
    return config


def _check_typed(target: Target, config: Json, sent: str) -> None:
    """An applied field without a type, or of a wrong one, cannot be owned: always an error.

    Raises ApiStatus 500, as the API server does.
    """
    wrong = list(mistyped(config, target.resource.type))
    if wrong:
        raise _untyped(target, sent, ", ".join(wrong))


def _untyped(target: Target, namespace: str, why: str) -> ApiStatus:
    one = target.resource
    where = f"{namespace}/{target.name}; {one.group}/{one.version}, Kind={one.kind}"
    return ApiStatus(500, "", f"failed to create typed patch object ({where}): {why}")


def _applied(
    target: Target, live: Json | None, config: Json, options: Options
) -> tuple[Json, Shares]:
    owner = Owner.applying(options.manager, target.subresource)
    before = decoded(live["metadata"].get("managedFields")) if live else {}
    try:
        return applied(
            write.bare(live) if live else {},
            config,
            target.resource.type,
            before,
            owner,
            force=options.force,
            ignored=write.unwritable(target),
        )
    except Conflicts as found:
        raise _conflict(target, found) from None
    except NoKey as error:
        raise _untyped(target, target.namespace, str(error)) from None


def _conflict(target: Target, found: Conflicts) -> ApiStatus:
    """409 whose causes name each field and its owner."""
    causes: list[Cause] = []
    said: list[str] = []
    for owner, fields in sorted(found.owners.items(), key=lambda one: one[0].manager):
        using = f" using {owner.version}" if owner.version else ""
        sub = f' with subresource "{owner.subresource}"' if owner.subresource else ""
        whose = f'with "{owner.manager}"{sub}{using}'
        causes += [Cause("FieldManagerConflict", f"conflict {whose}", at) for at in paths(fields)]
        said.append(f"conflicts {whose}:" + "".join(f"\n- {at}" for at in paths(fields)))
    if len(causes) == 1:
        text = f"Apply failed with 1 conflict: {causes[0].message}: {causes[0].field}"
    else:
        text = f"Apply failed with {len(causes)} conflicts: " + "\n".join(said)
    details = {"causes": [one.as_json() for one in causes]}
    return ApiStatus(409, "Conflict", text, details=details)
