"""Drift: what somebody did to a unit's resources behind the programs' back, and since when.

Nobody tells when it happened. What is known are two checks: the last that did not find it, or an
apply after it, and the first that did, so it happened between them. That much is kept of each unit,
and no value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.infra.applying import ApplyRun
from trunkline.core.infra.plan.values import InfraPlan, ResourceChange, Status, UnitPlan
from trunkline.core.infra.takeover import TakeOver


class Checked(StrEnum):
    """What a check of a unit found."""

    CLEAN = "clean"
    DRIFTED = "drifted"
    UNAPPLIED = "unapplied"
    """It has no state yet, or waits for one that has none: there is nothing to differ."""

    FAILED = "failed"


class Since(Struct, frozen=True):
    """Unix seconds: of the first check that found it, and of the last check or apply before that; 0
    for none."""

    seen: float
    without: float = 0.0


class Record(Struct, frozen=True):
    """What is remembered of a unit. `checked` is the last check that went well, `tried` the last of
    all; `state` names the state that was checked, and `since` goes by addresses.
    """

    checked: float = 0.0
    tried: float = 0.0
    state: str = ""
    since: Mapping[str, Since] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        since = {one: [when.seen, when.without] for one, when in self.since.items()}
        return {"checked": self.checked, "tried": self.tried, "state": self.state, "since": since}

    @classmethod
    def of_json(cls, said: Mapping[str, Any]) -> Record:
        since = {one: Since(*when) for one, when in said["since"].items()}
        return cls(said["checked"], said["tried"], said["state"], since)


def followed(known: Record, plan: UnitPlan, now: float, applied: float = 0.0) -> Record:
    """What is remembered after a check; `applied` is when an apply left the state, 0 if that is not
    known.

    An apply takes what it finds into the state, so drift from another state is new drift, though
    it be of the same resource.
    """
    if plan.status is not Status.PLANNED:
        return replace(known, tried=now)
    state = f"{plan.lineage} {plan.serial}"
    lasting = known.since if state == known.state else {}
    new = Since(now, max(known.checked, applied))
    return Record(now, now, state, {one: lasting.get(one, new) for one in plan.drifted})


def longest_ago(units: Iterable[str], records: Mapping[str, Record], most: int) -> list[str]:
    """The units whose last check is the longest ago, at most so many; the never checked first."""
    return sorted(units, key=lambda one: (records.get(one, Record()).tried, one))[:most]


class Drifted(Struct, frozen=True):
    """What became of one resource: changed (UPDATE, from what the state says to what is there) or
    deleted.
    """

    change: ResourceChange
    since: Since

    def as_json(self) -> dict[str, Any]:
        when = {"seen": self.since.seen, "without": self.since.without}
        return {**self.change.as_json(), "since": when}


class UnitDrift(Struct, frozen=True):
    """`checked` is when, in Unix seconds. `error` is what the program said."""

    unit: str
    status: Checked
    checked: float
    resources: tuple[Drifted, ...] = ()
    waits_for: tuple[str, ...] = ()
    error: str = ""
    program: str = ""
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return {
            "unit": self.unit,
            "status": self.status.value,
            "checked": self.checked,
            "resources": [one.as_json() for one in self.resources],
            "waitsFor": list(self.waits_for),
            "error": self.error,
            "program": self.program,
            "seconds": round(self.seconds, 3),
        }


def unit_drift(plan: UnitPlan, record: Record, now: float) -> UnitDrift:
    """A check as it is told; `record` is what is remembered after it."""
    return UnitDrift(
        plan.unit,
        _status(plan),
        now,
        tuple(Drifted(one, record.since[one.address]) for one in plan.drift),
        plan.waits_for,
        plan.error,
        plan.program,
        plan.seconds,
    )


def _status(plan: UnitPlan) -> Checked:
    if plan.status is Status.FAILED or plan.ignored:
        return Checked.FAILED
    if plan.status is not Status.PLANNED or not plan.has_state:
        return Checked.UNAPPLIED
    return Checked.DRIFTED if plan.drift else Checked.CLEAN


class Healing(Struct, frozen=True):
    """What was done against drift: the plans that were made for it, and how their apply ended, None
    where there was none. `held` says of units why they were left alone.
    """

    plan: InfraPlan
    apply: ApplyRun | None = None
    held: Mapping[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        return self.plan.failed or (self.apply is not None and self.apply.failed)

    @property
    def waits(self) -> bool:
        return bool(self.held) or (self.apply is not None and self.apply.waits)

    def as_json(self) -> dict[str, Any]:
        return {
            "plan": self.plan.as_json(),
            "apply": self.apply.as_json() if self.apply else None,
            "held": dict(self.held),
        }


class DriftReport(Struct, frozen=True):
    """The units that were checked at a commit; `considered` counts all that it has."""

    commit: str
    units: tuple[UnitDrift, ...]
    considered: int
    healing: Healing | None = None
    take_over: TakeOver | None = None

    @property
    def drifted(self) -> tuple[UnitDrift, ...]:
        return tuple(one for one in self.units if one.status is Checked.DRIFTED)

    @property
    def failed(self) -> bool:
        return any(one.status is Checked.FAILED for one in self.units)

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(one.status for one in self.units)
        return {one.value: found[one] for one in Checked}

    def as_json(self) -> dict[str, Any]:
        resources = sum(len(one.resources) for one in self.units)
        return {
            "commit": self.commit,
            "units": [one.as_json() for one in self.units],
            "healing": self.healing.as_json() if self.healing else None,
            "takeOver": self.take_over.as_json() if self.take_over else None,
            "summary": {
                **self.counts,
                "units": len(self.units),
                "resources": resources,
                "considered": self.considered,
            },
        }
