"""What is known of a unit's state, so that one that was lost or rolled back is told before its plan
makes everything a second time.

A program counts the serial up with each change, and keeps the lineage for life. It cannot tell that
what its backend gives today is older than what it wrote yesterday; whoever remembers can.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from trunkline.core.infra.plan.values import Status, UnitPlan, Verb

_SHARED = "its state is also the one of "


class SeenState(Struct, frozen=True):
    """The newest state of a unit that was seen, and when, in Unix seconds; `written` is the version
    that wrote it, "" if that is not known. `applied` says that an apply of ours left it then.
    """

    serial: int
    lineage: str
    when: float
    written: str = ""
    applied: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "serial": self.serial,
            "lineage": self.lineage,
            "when": self.when,
            "written": self.written,
            "applied": self.applied,
        }

    @classmethod
    def of_json(cls, said: Mapping[str, Any]) -> SeenState:
        written, applied = said.get("written", ""), said.get("applied", False)
        return cls(said["serial"], said["lineage"], said["when"], written, applied)

    def is_of(self, plan: UnitPlan) -> bool:
        """Whether it is the state that a plan was made from."""
        return (self.serial, self.lineage) == (plan.serial, plan.lineage)


def doubt(seen: SeenState | None, plan: UnitPlan) -> str:
    """Why the state that a plan was made from can hardly be the unit's own, "" for no reason.

    Of a plan that its program encrypted nothing is known (serial -1).
    """
    if seen is None or plan.status is not Status.PLANNED or plan.serial < 0:
        return ""
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime(seen.when))
    known = f"serial {seen.serial}, seen {day}"
    if not plan.lineage and not plan.serial:
        return f"its state is gone ({known}): everything would be made a second time"
    if plan.lineage != seen.lineage:
        return f"its state is another one than before ({known}): its lineage differs"
    if plan.serial < seen.serial:
        return (
            f"its state went back to serial {plan.serial} ({known}): what came after is forgotten"
        )
    return ""


def lost_on_the_way(plan: UnitPlan) -> str:
    """What is doubtful about a unit that moved: where its code looks elsewhere now, in another
    region say, its resources seem to be gone, and nobody would know them any more.
    """
    gone = [one.address for one in plan.drift if one.verb is Verb.DELETE]
    if not (gone and plan.moved_from):
        return ""
    more = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
    return (
        f"{gone[0]}{more} of its state cannot be found from its new place: what its code looked at "
        f"as {plan.moved_from} may live on, in no state"
    )


def shared(unit: str) -> str:
    """Why a unit that comes or goes, and whose state another one has, needs a person's word."""
    return f"{_SHARED}{unit}, which would lose what this one changes or destroys"


def is_shared(doubt: str) -> bool:
    return doubt.startswith(_SHARED)


def seen_by_plan(seen: SeenState | None, plan: UnitPlan, now: float) -> SeenState | None:
    """What is known after a plan; one in doubt teaches nothing unless there is nothing to do."""
    if plan.status is not Status.PLANNED or plan.serial < 0 or not plan.lineage:
        return seen
    if plan.doubt and plan.changed:
        return seen
    return SeenState(plan.serial, plan.lineage, now, plan.written)


def seen_by_apply(state: str, now: float) -> SeenState | None:
    """What is known after an apply, from the state that it left; None where that says nothing."""
    try:
        said = json.loads(state)
        written = str(said.get("terraform_version", ""))[:64]
        return SeenState(int(said["serial"]), str(said["lineage"]), now, written, applied=True)
    except (ValueError, KeyError, TypeError):
        return None
