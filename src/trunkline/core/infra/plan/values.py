"""What a plan of infrastructure holds. Nothing in it is secret: what is sensitive was masked where
the values were read (`attributes.py`).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from msgspec import Struct

from trunkline.core.change import PlannedCommit
from trunkline.core.finding import Finding


class Verb(StrEnum):
    """What happens to a resource, the gravest first."""

    DELETE = "delete"
    REPLACE = "replace"
    FORGET = "forget"
    UPDATE = "update"
    CREATE = "create"
    IMPORT = "import"
    MOVE = "move"
    READ = "read"
    NOOP = "no-op"


class AttributeChange(Struct, frozen=True):
    """One changed place, `rules[0].port`; the values are masked, folded where they are long, and
    UNKNOWN_TEXT where only the apply will say. `forces` says that it makes the resource new.
    """

    path: str
    before: Any = None
    after: Any = None
    forces: bool = False
    sensitive: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "before": self.before,
            "after": self.after,
            "forces": self.forces,
            "sensitive": self.sensitive,
        }


class ResourceChange(Struct, frozen=True):
    """`address` is the whole one, with modules and index. `reason` says why it is replaced or
    deleted, in words. `was` is its former address, `imported` the id of what is imported.
    """

    address: str
    type: str
    verb: Verb
    attributes: tuple[AttributeChange, ...] = ()
    reason: str = ""
    was: str = ""
    imported: str = ""
    provider: str = ""
    create_first: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "address": self.address,
            "type": self.type,
            "action": self.verb.value,
            "attributes": [one.as_json() for one in self.attributes],
            "reason": self.reason,
            "was": self.was,
            "imported": self.imported,
            "provider": self.provider,
            "createFirst": self.create_first,
        }

    @property
    def shape(self) -> tuple[str, ...]:
        """What happens, whatever the values are."""
        return self.address, self.verb.value, *(one.path for one in self.attributes)


class OutputChange(Struct, frozen=True):
    name: str
    verb: Verb
    before: Any = None
    after: Any = None
    sensitive: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "action": self.verb.value,
            "before": self.before,
            "after": self.after,
            "sensitive": self.sensitive,
        }


class Status(StrEnum):
    """How far a unit's plan got."""

    PLANNED = "planned"
    DEFERRED = "deferred"
    """It waits for what others will put out; it is planned when they are applied. Its changes are
    those that the outputs of now would make."""

    FAILED = "failed"
    UNPLANNED = "unplanned"
    """This machine has no program for it."""


OPEN = (Status.DEFERRED, Status.UNPLANNED)


class UnitPlan(Struct, frozen=True):
    """`how` and `because` are as in a `ChangedUnit`, "" and () for a unit that only waits.

    `plan` is the id of the saved plan, "" where none is kept. `error` is what the program said.
    `mocked` are the dependencies whose mock outputs went into it, where the settings allow that.
    `applications` are those that it is applied after, and if it is deferred waits for.
    `keeps_state` is False where no backend would keep the state, `doubt` says why it can hardly be
    the unit's own. `written` is the version of the program that wrote its state, "" if that is not
    known. `drift` is what somebody else did to the unit's resources since the last apply;
    `warnings` are the program's own. `ignored` says, where Terragrunt ignores that nothing could be
    planned, why it does; the error is told beside it.
    """

    unit: str
    how: str = ""
    because: tuple[str, ...] = ()
    status: Status = Status.PLANNED
    changes: tuple[ResourceChange, ...] = ()
    outputs: tuple[OutputChange, ...] = ()
    waits_for: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()
    moved_from: str = ""
    error: str = ""
    plan: str = ""
    program: str = ""
    serial: int = -1
    lineage: str = ""
    mocked: tuple[str, ...] = ()
    drift: tuple[ResourceChange, ...] = ()
    keeps_state: bool = True
    doubt: str = ""
    written: str = ""
    warnings: tuple[Finding, ...] = ()
    ignored: str = ""
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return {
            "unit": self.unit,
            "how": self.how,
            "because": list(self.because),
            "status": self.status.value,
            "changes": [one.as_json() for one in self.changes],
            "outputs": [one.as_json() for one in self.outputs],
            "waitsFor": list(self.waits_for),
            "applications": list(self.applications),
            "movedFrom": self.moved_from,
            "error": self.error,
            "plan": self.plan,
            "program": self.program,
            "serial": self.serial,
            "lineage": self.lineage,
            "mocked": list(self.mocked),
            "drifted": list(self.drifted),
            "keepsState": self.keeps_state,
            "doubt": self.doubt,
            "ignored": self.ignored,
            "seconds": round(self.seconds, 3),
            "shape": self.shape,
            "summary": self.counts,
        }

    @property
    def changed(self) -> bool:
        return bool(self.changes or self.outputs)

    @property
    def is_final(self) -> bool:
        """Whether its changes are what is applied, and not what others may still turn them into."""
        return self.status is not Status.DEFERRED

    @property
    def drifted(self) -> tuple[str, ...]:
        """The addresses of what was changed outside."""
        return tuple(one.address for one in self.drift)

    @property
    def has_state(self) -> bool:
        """Whether it was ever applied, as far as the plan's file says."""
        return bool(self.lineage or self.drift) or self.serial != 0

    @property
    def counts(self) -> dict[str, int]:
        return verb_counts(self.changes)

    @property
    def shapes(self) -> tuple[str, ...]:
        """What it does to each resource, whatever the values."""
        return tuple(sorted(" ".join(one.shape) for one in self.changes))

    @property
    def shape(self) -> str:
        """The same for two plans that do the same to the same resources."""
        return hashlib.sha256("\n".join(self.shapes).encode()).hexdigest()[:16]

    @property
    def destroys(self) -> tuple[ResourceChange, ...]:
        return tuple(one for one in self.changes if one.verb in (Verb.DELETE, Verb.REPLACE))


class InfraPlan(Struct, frozen=True):
    """`units` in the order in which they are applied; `considered` counts all of the head."""

    base: str
    head: str
    units: tuple[UnitPlan, ...] = ()
    findings: tuple[Finding, ...] = ()
    considered: int = 0
    commits: tuple[PlannedCommit, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        return verb_counts(change for one in self.units if one.is_final for change in one.changes)

    @property
    def failed(self) -> bool:
        return any(one.status is Status.FAILED for one in self.units)

    @property
    def changed(self) -> bool:
        return any(one.changed or one.status in OPEN for one in self.units)

    def as_json(self) -> dict[str, Any]:
        statuses = Counter(one.status for one in self.units)
        return {
            "base": self.base,
            "head": self.head,
            "units": [one.as_json() for one in self.units],
            "findings": [one.as_json() for one in self.findings],
            "commits": [one.as_json() for one in self.commits],
            "summary": {
                **self.counts,
                "units": len(self.units),
                **{one.value: statuses[one] for one in Status},
                "considered": self.considered,
                "findings": len(self.findings),
            },
        }


COUNTED = tuple(one for one in Verb if one not in (Verb.NOOP, Verb.READ))


def verb_counts(changes: Iterable[ResourceChange]) -> dict[str, int]:
    found = Counter(one.verb for one in changes)
    return {one.value: found[one] for one in COUNTED}
