"""A request as the verbs see it: what its path names, and its options."""

from __future__ import annotations

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.sandbox.kinds.resource import Resource

STRICT, WARN, IGNORE = "Strict", "Warn", "Ignore"


class Target(Struct, frozen=True):
    """`namespace` is "" for what has none and for all namespaces, `name` for a collection."""

    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    def named(self, name: str) -> Target:
        return replace(self, name=name)


class Options(Struct, frozen=True):
    """`warnings` collects what an answer says beside its body. `through` is the subresource that a
    part of the object is written through, where that is not the target's own.
    """

    manager: str = "unknown"
    dry_run: bool = False
    force: bool = False
    validation: str = WARN
    through: str = ""
    warnings: list[str] = field(default_factory=list)


class DeleteOptions(Struct, frozen=True):
    """`propagation` is "" where the request does not say."""

    propagation: str = ""
    uid: str = ""
    resource_version: str = ""
    dry_run: bool = False
