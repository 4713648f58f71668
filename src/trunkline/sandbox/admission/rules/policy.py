"""Rules of disruption budgets, role bindings and priorities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trunkline.sandbox.admission.rules.fields import at, forbidden, missing, unchanged, wrong
from trunkline.sandbox.errors import Cause

Json = dict[str, Any]


def disruption_budget(new: Json, _old: Json | None) -> Iterator[Cause]:
    if at(new, "spec.minAvailable") is not None and at(new, "spec.maxUnavailable") is not None:
        yield wrong("spec", "", "minAvailable and maxUnavailable cannot be both set")


def binding(new: Json, old: Json | None) -> Iterator[Cause]:
    yield from missing(new, "roleRef.kind", "roleRef.name")
    yield from unchanged(new, old, "roleRef", rule="cannot change roleRef")


def priority_class(new: Json, old: Json | None) -> Iterator[Cause]:
    if old is not None and new.get("value", 0) != old.get("value", 0):
        yield forbidden("value", "may not be changed in an update.")
    yield from unchanged(new, old, "preemptionPolicy")
