"""Sync windows at given times: who may sync, and what is said to who may not."""

from __future__ import annotations

from datetime import datetime

import pytest

from trunkline.core.argo.schedule import BadSchedule, closed, open_until
from trunkline.core.argo.window import SyncWindow
from trunkline.core.component import Cluster, Component, Destination

WEB = Component("web", "web", destination=Destination("eu", namespace="shop"))
EU = Cluster("eu", "https://eu.test")
TEN = datetime.fromisoformat("2026-11-24T10:00:00+00:00")


def window(allow: bool = True, at: str = "0 10 * * *", **more: object) -> SyncWindow:
    said = {"time_zone": "UTC", "applications": ("*",), **more}
    return SyncWindow(allow, at, 3600.0, **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("time", "until"),
    [
        ("2026-11-24T09:59:59+00:00", None),
        ("2026-11-24T10:00:00+00:00", "2026-11-24T11:00:00+00:00"),
        ("2026-11-24T10:59:59+00:00", "2026-11-24T11:00:00+00:00"),
        ("2026-11-24T11:00:00+00:00", None),
        ("2026-11-24T12:30:00+02:00", "2026-11-24T11:00:00+00:00"),
    ],
    ids=["before", "first second", "last second", "after", "another zone"],
)
def test_a_window_is_open_for_its_duration(time: str, until: str | None) -> None:
    found = open_until(window(), datetime.fromisoformat(time))
    assert found == (datetime.fromisoformat(until) if until else None)


def test_a_window_may_begin_every_minute() -> None:
    assert open_until(window(at="* * * * *"), TEN.replace(second=30)) is not None


def test_a_window_opens_by_the_clock_of_its_zone() -> None:
    berlin = window(at="0 11 * * *", time_zone="Europe/Berlin")
    assert open_until(berlin, TEN) is not None


@pytest.mark.parametrize(
    ("windows", "manual", "says"),
    [
        ([], True, ""),
        ([window()], False, ""),
        ([window(at="0 20 * * *")], False, "no sync window is open now"),
        ([window(at="0 20 * * *", manual_sync=True)], True, ""),
        ([window(at="0 20 * * *", manual_sync=True)], False, "no sync window is open now"),
        ([window(False)], True, "denies syncs until 2026-11-24 11:00 UTC"),
        ([window(False, manual_sync=True)], True, ""),
        ([window(False), window()], True, "denies syncs"),
        ([window(False, at="0 20 * * *")], True, ""),
        ([window(False, applications=("other",))], True, ""),
        ([window(False, applications=(), clusters=("eu",))], True, "denies syncs"),
    ],
    ids=[
        "none",
        "open",
        "closed",
        "closed, by hand",
        "closed, by itself",
        "denied",
        "denied, by hand",
        "deny wins",
        "denied later",
        "of another",
        "of the cluster",
    ],
)
def test_who_may_sync(windows: list[SyncWindow], manual: bool, says: str) -> None:
    found = closed(windows, WEB, EU, TEN, manual=manual)
    assert says in found if says else found == ""


@pytest.mark.parametrize("bad", [{"at": "61 * * * *"}, {"time_zone": "Moon/Crater"}])
def test_a_window_that_cannot_be_understood_is_told(bad: dict[str, str]) -> None:
    with pytest.raises(BadSchedule):
        closed([window(**bad)], WEB, EU, TEN, manual=True)  # type: ignore[arg-type]
