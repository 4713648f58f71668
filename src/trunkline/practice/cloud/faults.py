"""What goes wrong on demand.

A fault is an entry of the cloud's file:

    on       create, update, delete, read, plan, import, configure, or * for all of them
    kind     the kind of object, name: its name; globs, * if not said
    do       fail     refuse with `message`
             slow     take `seconds`
             hang     never answer, whoever asks to stop
             crash    end the provider, before anything is done
             lose     do it, and end the provider before it is told
             leak     refuse, and tell every secret value of the object
    times    how often it still happens; always, if not said
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from trunkline.practice.cloud.world import World

Fault = dict[str, Any]

ON = ("create", "update", "delete", "read", "plan", "import", "configure", "*")
DO = ("fail", "slow", "hang", "crash", "lose", "leak")


def due(world: World, on: str, kind: str, values: Mapping[str, Any]) -> Fault | None:
    """The first fault that such a call meets."""
    for fault in world.data.get("faults", []):
        if fault.get("times", 1) > 0 and _meets(fault, on, kind, values):
            return dict(fault)
    return None


def spent(world: World, met: Fault) -> None:
    """Count a fault that was met; one that is used up goes."""
    faults = world.data.get("faults", [])
    for fault in faults:
        if fault == met and "times" in fault:
            fault["times"] -= 1
            break
    world.data["faults"] = [fault for fault in faults if fault.get("times", 1) > 0]


def _meets(fault: Fault, on: str, kind: str, values: Mapping[str, Any]) -> bool:
    return (
        fault.get("on", "*") in (on, "*")
        and fnmatchcase(kind, fault.get("kind", "*"))
        and fnmatchcase(str(values.get("name") or ""), fault.get("name", "*"))
    )
