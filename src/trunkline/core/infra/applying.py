"""What an apply left: how it ended for each unit, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.finding import Finding


class Ended(StrEnum):
    PENDING = "pending"
    APPLYING = "applying"
    APPLIED = "applied"
    UNCHANGED = "unchanged"
    WAITING = "waiting"
    """It waits for an approval."""

    LEFT = "left"
    """Its own file, or its policy, says that it is never applied here."""

    REFUSED = "refused"
    SKIPPED = "skipped"
    """What it depends on was not applied."""

    FAILED = "failed"
    INTERRUPTED = "interrupted"


DONE = (Ended.APPLIED, Ended.UNCHANGED)
BAD = (Ended.FAILED, Ended.REFUSED, Ended.INTERRUPTED)
OPEN = (Ended.WAITING, Ended.SKIPPED)


class UnitResult(Struct, frozen=True):
    """`message` says why in a line, `error` what the program said. `plan` is what was or would be
    applied; `counts` what it does. `applications` are those that hold it: not there, or not well.
    """

    unit: str
    how: str = ""
    ended: Ended = Ended.PENDING
    message: str = ""
    error: str = ""
    plan: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    started: float = 0.0
    seconds: float = 0.0
    serial: int = -1
    applications: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "unit": self.unit,
            "how": self.how,
            "outcome": self.ended.value,
            "message": self.message,
            "applications": list(self.applications),
            "error": self.error,
            "plan": self.plan,
            "summary": dict(self.counts),
            "started": self.started,
            "seconds": round(self.seconds, 3),
            "serial": self.serial,
        }

    @classmethod
    def of_json(cls, said: Mapping[str, Any]) -> UnitResult:
        return cls(
            said["unit"],
            said["how"],
            Ended(said["outcome"]),
            said["message"],
            said["error"],
            said["plan"],
            said["summary"],
            said["started"],
            said["seconds"],
            said["serial"],
            tuple(said.get("applications", ())),
        )


class ApplyRun(Struct, frozen=True):
    """Times are Unix seconds, `ended` 0 while it runs. `process` is who would know. `head` is up to
    where it was planned, `commit` what is applied: another with the same files, such as the merge.
    """

    id: str
    base: str
    head: str
    by: str
    process: str
    started: float
    ended: float = 0.0
    units: tuple[UnitResult, ...] = ()
    findings: tuple[Finding, ...] = ()
    commit: str = ""

    def joined(self, later: ApplyRun) -> ApplyRun:
        """Two rounds of one delivery as one run: of what both tell of, the later counts."""
        units = {one.unit: one for one in (*self.units, *later.units)}
        findings = tuple(dict.fromkeys((*self.findings, *later.findings)))
        return replace(later, started=self.started, units=tuple(units.values()), findings=findings)

    def with_unit(self, result: UnitResult) -> ApplyRun:
        units = tuple(result if one.unit == result.unit else one for one in self.units)
        return replace(self, units=units)

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(one.ended for one in self.units)
        return {one.value: found[one] for one in Ended}

    @property
    def failed(self) -> bool:
        return any(one.ended in BAD for one in self.units)

    @property
    def stuck(self) -> tuple[UnitResult, ...]:
        """What does not get further by itself."""
        ends = (*BAD, Ended.WAITING, Ended.LEFT)
        return tuple(one for one in self.units if one.ended in ends)

    @property
    def held(self) -> tuple[UnitResult, ...]:
        """What waits for Applications."""
        return tuple(one for one in self.units if one.applications)

    @property
    def waits(self) -> bool:
        """Whether something is left that needs a person, or what a person has to see first."""
        return any(one.ended in OPEN for one in self.units)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "base": self.base,
            "head": self.head,
            "commit": self.commit or self.head,
            "by": self.by,
            "process": self.process,
            "started": self.started,
            "ended": self.ended,
            "units": [one.as_json() for one in self.units],
            "findings": [one.as_json() for one in self.findings],
            "summary": self.counts,
        }

    @classmethod
    def of_json(cls, said: Mapping[str, Any]) -> ApplyRun:
        """A run as it was written; its findings were told by the process that ran it."""
        return cls(
            said["id"],
            said["base"],
            said["head"],
            said["by"],
            said["process"],
            said["started"],
            said["ended"],
            tuple(UnitResult.of_json(one) for one in said["units"]),
            commit=said.get("commit", said["head"]),
        )
