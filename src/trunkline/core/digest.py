"""Objects as hashes: what is equal, what a verdict is about, what an apply depends on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import orjson
from msgspec.structs import asdict

from trunkline.core.component import IgnoreRule
from trunkline.core.manifest import Manifest, Ref


def fingerprint(manifest: Manifest) -> str:
    """The SHA-256 of a manifest's canonical JSON: equal exactly when the data is equal."""
    data = orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.sha256(data).hexdigest()


def judged(manifest: Manifest, ignore: Iterable[IgnoreRule]) -> str:
    """What a verdict is about, as a hash: the manifest, and the differences ignored in it."""
    rules = [asdict(rule) for rule in ignore if rule.applies_to(Ref.of(manifest))]
    return fingerprint({"manifest": manifest, "ignore": rules} if rules else manifest)


def live_digest(live: Manifest) -> str:
    """What an apply to this object depends on, as a hash: all but its status and its versions.

    A resourceVersion changes with every status, and comes again when a cluster is restored from a
    backup; this does neither.
    """
    metadata = {
        key: value
        for key, value in (live.get("metadata") or {}).items()
        if key not in ("resourceVersion", "managedFields")
    }
    managers = [
        {key: value for key, value in one.items() if key != "time"}
        for one in (live.get("metadata") or {}).get("managedFields") or ()
        if not one.get("subresource")
    ]
    body = {key: value for key, value in live.items() if key not in ("status", "metadata")}
    return fingerprint({**body, "metadata": metadata, "managers": managers})
