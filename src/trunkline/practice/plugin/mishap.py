"""What a fault of the cloud's file does to the call that meets it."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

from trunkline.practice.cloud.faults import Fault, due, spent
from trunkline.practice.cloud.file import CloudFile
from trunkline.practice.cloud.world import Refused
from trunkline.practice.kinds import KINDS

CRASHED = 70


def meet(
    cloud: CloudFile, on: str, kind: str = "", values: Mapping[str, Any] | None = None
) -> Fault:
    """Suffer what is due; the fault that was met, {} if none. Raises Refused."""
    values = values or {}
    # Most calls meet none: only one that does has to write the file.
    if due(cloud.read(), on, kind, values) is None:
        return {}
    with cloud.changing() as world:
        fault = due(world, on, kind, values)
        if fault is not None:
            spent(world, fault)
    if fault is not None:
        _suffer(fault, on, kind, values)
    return fault or {}


def lose(fault: Fault) -> None:
    """The end of a provider that did what it should and never tells it."""
    if fault.get("do") == "lose":
        _crash()


def _suffer(fault: Fault, on: str, kind: str, values: Mapping[str, Any]) -> None:
    match fault.get("do"):
        case "fail":
            raise Refused(fault.get("message", "InternalError: try again later"))
        case "slow":
            time.sleep(float(fault.get("seconds", 1)))
        case "hang":
            threading.Event().wait()
        case "crash":
            _crash()
        case "leak":
            told = ", ".join(_secrets(kind, values))
            print(f"practice: {on} {kind} with {told}", file=sys.stderr, flush=True)
            raise Refused(f"AccessDenied: {on} {kind} with {told}")


def _crash() -> None:
    print("panic: the practice provider was told to crash", file=sys.stderr, flush=True)
    os._exit(CRASHED)


def _secrets(kind: str, values: Mapping[str, Any]) -> list[str]:
    fields = KINDS[kind].attributes if kind in KINDS else ()
    named = [field.name for field in fields if field.sensitive] or list(values)
    return [f"{name}={values[name]}" for name in named if values.get(name)]
