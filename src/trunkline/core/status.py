"""What `trunkline status` and `trunkline clusters` say: how components and clusters stand now."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from trunkline.core.manifest import Ref


class ObjectStatus(Struct, frozen=True):
    """`sync` is `Synced`, `OutOfSync`, `Missing` or `Orphaned` (live, ours, in no commit)."""

    ref: Ref
    sync: str
    health: str
    message: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "ref": self.ref.as_json(),
            "sync": self.sync,
            "health": self.health,
            "message": self.message,
        }


class ComponentStatus(Struct, frozen=True):
    """`sync` is `Synced`, `OutOfSync` or `Unknown`; `message` says why, and since when."""

    id: str
    cluster: str
    sync: str
    health: str
    commit: str
    message: str = ""
    objects: tuple[ObjectStatus, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "cluster": self.cluster,
            "sync": self.sync,
            "health": self.health,
            "commit": self.commit,
            "message": self.message,
            "objects": [one.as_json() for one in self.objects],
        }


class ClusterStatus(Struct, frozen=True):
    """`state` is `connected`, `down`, `refused` (401, 403) or `untrusted` (certificate)."""

    name: str
    server: str
    state: str
    version: str = ""
    message: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    components: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "server": self.server,
            "state": self.state,
            "version": self.version,
            "message": self.message,
            "labels": dict(self.labels),
            "components": self.components,
        }
