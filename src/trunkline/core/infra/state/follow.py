"""Which state may follow which.

A program counts a state's serial up with every change, and keeps its lineage for life. A serial
that goes back, or another lineage, is the state of another time or of another unit: keeping it
would make the program forget, or take over, what really is there.
"""

from __future__ import annotations

from enum import Enum

from trunkline.core.infra.state.head import StateHead


class Follows(Enum):
    NEW = "it is newer"
    SAME = "it is the same again"
    BACK = "its serial goes back"
    OTHER = "its serial is that of another state"
    FOREIGN = "its lineage differs"


def follows(old: StateHead | None, new: StateHead, *, same: bool) -> Follows:
    """How the new state stands to the kept one; `same` says whether their bytes are equal."""
    if old is None:
        return Follows.NEW
    if old.lineage and new.lineage != old.lineage:
        return Follows.FOREIGN
    if new.serial < old.serial:
        return Follows.BACK
    if new.serial == old.serial:
        return Follows.SAME if same else Follows.OTHER
    return Follows.NEW


def refusal(how: Follows, old: StateHead, new: StateHead) -> tuple[str, str]:
    """What is said of a state that may not follow, and what to do about it."""
    if how is Follows.FOREIGN:
        return (
            f"the lineage differs: {new.lineage} is to follow {old.lineage}",
            "is this the address of another unit? trunkline infra state show tells what is there",
        )
    said = f"serial {new.serial} is to follow serial {old.serial}"
    if how is Follows.BACK:
        return (
            f"the serial goes back: {said}",
            "to go back to an older state: trunkline infra state restore",
        )
    return (
        f"the serial was used before for another state: {said}",
        "another run wrote meanwhile; pull the state, and compare: trunkline infra state diff",
    )
