"""Whether the sync windows of a project let a component be synced at a given time.

https://argo-cd.readthedocs.io/en/stable/user-guide/sync_windows/
An open deny window wins over everything. Where there are allow windows, one of them must be open.
A sync that a person starts passes closed windows that all say `manualSync`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from trunkline.core.argo.window import SyncWindow
from trunkline.core.component import Cluster, Component

# What cron daemons call schedules by name.
NAMED = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


class BadSchedule(ValueError):
    """A schedule or a time zone that there is not; the message names it."""


def closed(
    windows: Iterable[SyncWindow],
    component: Component,
    cluster: Cluster,
    now: datetime,
    *,
    manual: bool,
) -> str:
    """Why the component may not be synced now, "" if it may. Raises BadSchedule.

    `now` has a time zone; `manual` says that a person starts the sync.
    """
    mine = [one for one in windows if one.covers(component, cluster)]
    denying = [one for one in mine if not one.allow and open_until(one, now)]
    if denying:
        return "" if manual and _all_manual(denying) else _denied(denying, now)
    allowing = [one for one in mine if one.allow]
    if not allowing or any(open_until(one, now) for one in allowing):
        return ""
    return "" if manual and _all_manual(allowing) else _not_allowed(allowing)


def open_until(window: SyncWindow, now: datetime) -> datetime | None:
    """When the window closes that is open now, None where it is not. Raises BadSchedule."""
    try:
        here = now.astimezone(ZoneInfo(window.time_zone))
        # The search goes back from the next minute, so that a window opens at its first second.
        line = NAMED.get(window.schedule, window.schedule)
        starts = CronSim(line, here + timedelta(minutes=1), reverse=True)
        begun = next(one for one in starts if one <= here)
    except (ZoneInfoNotFoundError, CronSimError, StopIteration) as error:
        raise BadSchedule(f"{window.schedule!r} in {window.time_zone}: {error}") from None
    ends = begun + timedelta(seconds=window.duration)
    return ends if here < ends else None


def _all_manual(windows: Sequence[SyncWindow]) -> bool:
    return all(one.manual_sync for one in windows)


def _denied(windows: Sequence[SyncWindow], now: datetime) -> str:
    ends = [end for one in windows if (end := open_until(one, now))]
    until = max(ends).strftime("%Y-%m-%d %H:%M %Z")
    return f"a sync window ({windows[0].schedule}) denies syncs until {until}"


def _not_allowed(windows: Sequence[SyncWindow]) -> str:
    listed = ", ".join(f"{one.schedule} {one.time_zone}" for one in windows)
    return f"no sync window is open now; syncs are allowed at {listed}"
