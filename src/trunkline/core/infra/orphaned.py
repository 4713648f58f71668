"""Whether a state lock is the one that a killed run left: nobody else's may be taken for it.

A lock tells a person with a machine, and when it was made, and nothing of the process. So it must
have been made while the run was at the unit, between its beginning there and the moment at which
its end was noticed; whether another program of this machine may have made it is asked besides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec import Struct

# As Go prints a time of UTC.
_CREATED = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d{1,6})?\d* \+0000 UTC")


class Killed(Struct, frozen=True):
    """Between which times, in Unix seconds, a run was at a unit that was killed there; `operation`
    is what its lock says that it is for, "" for anything.
    """

    since: float
    until: float
    operation: str = ""


def made_at(lock: Mapping[str, str]) -> float | None:
    """When a lock was made, in Unix seconds by the clock of its machine; None if that is not said.

    Source of the fields: OpenTofu's and Terraform's LockInfo.
    """
    found = _CREATED.match(lock.get("Created", ""))
    if found is None:
        return None
    day = datetime.strptime(found[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    return day.timestamp() + float(found[2] or 0)


def made_by_killed(lock: Mapping[str, str], person: str, killed: Killed) -> float | None:
    """When the lock was made, where the run may have done it: this person's, on this machine, at
    that time, for what it did. None where it did not.
    """
    made = made_at(lock)
    in_time = made is not None and killed.since <= made <= killed.until
    fits = killed.operation in ("", lock.get("Operation"))
    return made if in_time and fits and lock.get("Who") == person else None
