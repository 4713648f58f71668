"""What a plan holds: changes by component and cluster, with a masked difference each.

One value serves text, JSON, markdown and later the web page. Nothing in it is secret: the differ
(`core/diff`) masks before it builds a `FieldChange`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from trunkline.core.finding import Finding
from trunkline.core.manifest import Manifest, Ref


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    NOOP = "no-op"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One changed place. `path` is written as `spec.containers[name=web].image`.

    `op` is `add`, `remove` or `change`; `before` and `after` are masked values (None where the
    field was not there).
    """

    path: str
    op: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class Change:
    """`before` and `after` are the masked, normalised objects (None: does not exist)."""

    ref: Ref
    action: Action
    fields: tuple[FieldChange, ...] = ()
    diff: str = ""
    reason: str = ""
    before: Manifest | None = None
    after: Manifest | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "ref": self.ref.as_json(),
            "action": self.action.value,
            "diff": self.diff,
            "reason": self.reason,
            "fields": [
                {"path": f.path, "op": f.op, "before": f.before, "after": f.after}
                for f in self.fields
            ],
        }


@dataclass(frozen=True, slots=True)
class ComponentPlan:
    """One component in one cluster. `error` says why it could not be planned, else ""."""

    id: str
    cluster: str
    changes: tuple[Change, ...] = ()
    error: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "cluster": self.cluster,
            "changes": [change.as_json() for change in self.changes],
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """`base` is a commit, or "live" where the plan is against the clusters; `head` is a commit.

    Components without a change are left out; `considered` counts all that were looked at.
    """

    base: str
    head: str
    components: tuple[ComponentPlan, ...] = ()
    findings: tuple[Finding, ...] = ()
    considered: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many changes of each action, e.g. `{"create": 2, "update": 1, …}`; no no-ops."""
        return action_counts(change for one in self.components for change in one.changes)

    @property
    def failed(self) -> bool:
        return any(one.error for one in self.components)

    @property
    def changed(self) -> bool:
        return any(self.counts.values())

    def as_json(self) -> dict[str, Any]:
        return {
            "base": self.base,
            "head": self.head,
            "components": [one.as_json() for one in self.components],
            "findings": [finding.as_json() for finding in self.findings],
            "summary": {
                **self.counts,
                "components": len(self.components),
                "clusters": len({one.cluster for one in self.components}),
                "considered": self.considered,
                "findings": len(self.findings),
            },
        }


def action_counts(changes: Iterable[Change]) -> dict[str, int]:
    found = Counter(change.action for change in changes)
    return {action.value: found[action] for action in Action if action is not Action.NOOP}
