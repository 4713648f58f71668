"""The requests that write one object as its options ask for it, for plans and for syncs alike.

A plan makes them as dry runs, so that it shows what the sync does. All raise ApiError.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from trunkline.core.clientside import merged, with_last_applied
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.options import ObjectOptions
from trunkline.core.undeclared import without_undeclared
from trunkline.edge.cluster.client import ClusterClient
from trunkline.edge.cluster.errors import ApiError, Conflict, NotFound

# How often an object is read anew because it changed between the reading and the writing.
TRIES = 5


async def server_side(
    client: ClusterClient, desired: Manifest, options: ObjectOptions, *, dry_run: bool
) -> Manifest:
    """Server-side apply; under `Validate=false` without the fields that the kind does not have."""
    try:
        return await client.apply(desired, dry_run=dry_run, validate=options.validate)
    except ApiError as error:
        known = desired if options.validate else without_undeclared(desired, str(error))
        if known == desired:
            raise
    return await client.apply(known, dry_run=dry_run, validate=False)


async def client_side(
    client: ClusterClient, desired: Manifest, options: ObjectOptions, *, dry_run: bool
) -> Manifest:
    """The three-way merge of `kubectl apply`."""
    first = with_last_applied(desired)
    return await put(client, first, partial(merged, desired), options, dry_run=dry_run)


async def put(
    client: ClusterClient,
    first: Manifest,
    then: Callable[[Manifest], Manifest],
    options: ObjectOptions,
    *,
    dry_run: bool,
) -> Manifest:
    """Create the object, or write what follows from the live one; again where that changes, comes
    or goes in between."""
    ref, validate = Ref.of(first), options.validate
    for left in reversed(range(TRIES)):
        live = await client.get(ref)
        try:
            if live is None:
                return await client.create(first, dry_run=dry_run, validate=validate)
            whole = _at_version(then(live), live)
            return await client.replace(whole, dry_run=dry_run, validate=validate)
        except (Conflict, NotFound) as error:
            # What is to be made and lacks something, its namespace say, lacks it the next time too.
            if not left or (live is None and isinstance(error, NotFound)):
                raise
    raise AssertionError("the last try returns or raises")


def _at_version(whole: Manifest, live: Manifest) -> Manifest:
    """The object as one that is refused (409) if the live one changed since it was read."""
    version = live["metadata"].get("resourceVersion")
    return {**whole, "metadata": {**whole["metadata"], "resourceVersion": version}}
