"""What controllers of pods share: making a pod of a template, counting, waking their owner."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson

from trunkline.sandbox.controllers.client import owner_reference
from trunkline.sandbox.controllers.conditions import condition
from trunkline.sandbox.controllers.loop import Key
from trunkline.sandbox.kinds.resource import StorageKey
from trunkline.sandbox.store import Change

Json = dict[str, Any]

MANAGER = "kube-controller-manager"
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def own_and_owned(change: Change, own: StorageKey, kind: str, *owned: StorageKey) -> Iterator[Key]:
    """The key of a changed object of this kind, or of the one that owns what changed."""
    meta = change.new["metadata"]
    space = meta.get("namespace", "")
    if change.storage == own:
        yield space, meta["name"]
    elif change.storage in owned:
        for one in meta.get("ownerReferences") or ():
            if one.get("kind") == kind and one.get("controller"):
                yield space, one["name"]


def pod_of(owner: Json, template: Json, name: str, labels: Json | None = None) -> Json:
    """A pod of a template; `name` ends with "-" where the rest is to be generated."""
    meta = template.get("metadata") or {}
    named = {"generateName": name} if name.endswith("-") else {"name": name}
    made: Json = {
        **named,
        "namespace": owner["metadata"]["namespace"],
        "labels": {**(meta.get("labels") or {}), **(labels or {})},
        "ownerReferences": [owner_reference(owner)],
    }
    if meta.get("annotations"):
        made["annotations"] = meta["annotations"]
    return {"metadata": made, "spec": template["spec"]}


def hash_of(template: Json) -> str:
    """A short name for a template, of the letters that generated names have."""
    digest = hashlib.sha256(orjson.dumps(template, option=orjson.OPT_SORT_KEYS)).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:10])


def is_ready(pod: Json) -> bool:
    return condition(pod, "Ready") == "True"


def is_over(pod: Json) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def amount(value: Any, of: int, *, up: bool) -> int:
    """A number of pods, or a percentage of them (`maxSurge`, `maxUnavailable`)."""
    if isinstance(value, str) and value.endswith("%"):
        share = of * int(value[:-1])
        return -(-share // 100) if up else share // 100
    return int(value or 0)
