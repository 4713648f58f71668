"""What a plan holds: changes by component and cluster, with a masked difference each.

One value serves text, JSON, markdown and later the web page. Nothing in it is secret: the differ
(`core/diff`) masks before it builds a `FieldChange`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from msgspec import Struct

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
    field was not there). `at` is the path as steps (`core.diff.path`), for whoever follows it.
    """

    path: str
    op: str
    before: Any = None
    after: Any = None
    at: tuple[Any, ...] = field(default=(), compare=False, repr=False)

    def as_json(self) -> dict[str, Any]:
        return {"path": self.path, "op": self.op, "before": self.before, "after": self.after}


class Why(StrEnum):
    """Why a live object is not as the commit says."""

    DRIFT = "drift"
    """Somebody changed the cluster; no commit explains it."""

    UNDELIVERED = "undelivered"
    """A commit changed it, and has not been synced yet."""


class Cause(Struct, frozen=True):
    """Why these fields differ (none named: the object as a whole).

    Drift names the field manager of `managedFields`, its operation and RFC 3339 time, as far as
    the API server knows them; an undelivered commit its id, author and subject.
    """

    why: Why
    paths: tuple[str, ...] = ()
    manager: str = ""
    operation: str = ""
    time: str = ""
    commit: str = ""
    author: str = ""
    subject: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "why": self.why.value,
            "paths": list(self.paths),
            "manager": self.manager,
            "operation": self.operation,
            "time": self.time,
            "commit": self.commit,
            "author": self.author,
            "subject": self.subject,
        }


class Move(Struct, frozen=True):
    """The other end of a move: an object that goes in one place and comes in another.

    `component` holds the other end, `diff` what is left when name and namespace are left aside.
    """

    ref: Ref
    component: str
    diff: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"ref": self.ref.as_json(), "component": self.component, "diff": self.diff}


class Change(Struct, frozen=True):
    """`before` and `after` are the masked, normalised objects (None: does not exist).

    `fields` are all changed fields; those that are also in `folded` say what many objects say
    (the chart's version, a checksum) and are not in `diff`. `spelled` counts fields that are
    written otherwise and mean the same, `fixed` names fields that the API server refuses to
    change. A deletion with `moved_to` and a creation with `moved_from` are one object that moves.
    """

    ref: Ref
    action: Action
    fields: tuple[FieldChange, ...] = ()
    diff: str = ""
    reason: str = ""
    before: Manifest | None = None
    after: Manifest | None = None
    folded: tuple[FieldChange, ...] = ()
    spelled: int = 0
    fixed: tuple[str, ...] = ()
    moved_from: Move | None = None
    moved_to: Move | None = None
    causes: tuple[Cause, ...] = ()

    @property
    def only_noise(self) -> bool:
        """Whether all that changes is told elsewhere, once for many objects."""
        return bool(self.folded) and not (self.diff or self.reason or self.causes)

    def as_json(self) -> dict[str, Any]:
        return {
            "ref": self.ref.as_json(),
            "action": self.action.value,
            "diff": self.diff,
            "reason": self.reason,
            "fields": [one.as_json() for one in self.fields],
            "folded": [one.as_json() for one in self.folded],
            "spelled": self.spelled,
            "fixed": list(self.fixed),
            "movedFrom": self.moved_from.as_json() if self.moved_from else None,
            "movedTo": self.moved_to.as_json() if self.moved_to else None,
            "causes": [one.as_json() for one in self.causes],
        }


class ComponentPlan(Struct, frozen=True):
    """One component in one cluster. `error` says why it could not be planned, else "".

    `was` says what moved: "renamed from …", "its path was …". `spelled` counts the fields that
    are written otherwise and mean the same, in all its objects. `waits_for` is a unit of
    infrastructure that the same commits bring or change: without its outputs there is no plan.
    """

    id: str
    cluster: str
    changes: tuple[Change, ...] = ()
    error: str = ""
    was: tuple[str, ...] = ()
    spelled: int = 0
    waits_for: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.id, self.cluster

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "cluster": self.cluster,
            "changes": [change.as_json() for change in self.changes],
            "error": self.error,
            "was": list(self.was),
            "spelled": self.spelled,
            "waitsFor": self.waits_for,
        }


class PlannedCommit(Struct, frozen=True):
    """A commit of the range; `time` is Unix time in seconds."""

    id: str
    author: str
    subject: str
    time: int = 0

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, "author": self.author, "subject": self.subject, "time": self.time}


class Plan(Struct, frozen=True):
    """`base` is a commit, or "live" where the plan is against the clusters; `head` is a commit.

    Components without a change are left out; `considered` counts all that were looked at.
    `unchanged` are those of them that have something to say: that they moved, that fields are
    written otherwise, or what they wait for. `commits` are those of the range, the newest first.
    """

    base: str
    head: str
    components: tuple[ComponentPlan, ...] = ()
    findings: tuple[Finding, ...] = ()
    considered: int = 0
    unchanged: tuple[ComponentPlan, ...] = ()
    commits: tuple[PlannedCommit, ...] = ()

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

    @property
    def waiting(self) -> int:
        """How many components cannot be planned before infrastructure is applied."""
        return sum(bool(one.waits_for) for one in self.unchanged)

    @property
    def moved(self) -> int:
        """How many objects move; each is a deletion and a creation among the counts."""
        return sum(bool(one.moved_from) for part in self.components for one in part.changes)

    def as_json(self) -> dict[str, Any]:
        """The plan alone; `core.report.plan_json` adds what follows from it."""
        return {
            "base": self.base,
            "head": self.head,
            "components": [one.as_json() for one in self.components],
            "commits": [one.as_json() for one in self.commits],
            "unchanged": [one.as_json() for one in self.unchanged],
            "findings": [finding.as_json() for finding in self.findings],
            "summary": {
                **self.counts,
                "components": len(self.components),
                "clusters": len({one.cluster for one in self.components}),
                "considered": self.considered,
                "moved": self.moved,
                "findings": len(self.findings),
            },
        }


def action_counts(changes: Iterable[Change]) -> dict[str, int]:
    found = Counter(change.action for change in changes)
    return {action.value: found[action] for action in Action if action is not Action.NOOP}
