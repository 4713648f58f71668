"""The changes of a plan's file, as the programs' JSON of a plan has them.

Of that JSON only what is looked at is made: changes, drift, outputs, and where secrets are. What
stays as it is, holds no secret and neither moves nor is imported is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from trunkline.core.infra.planfile.archive import Archive
from trunkline.core.infra.planfile.hidden import held_in, sensitive_variables
from trunkline.core.infra.planfile.locks import provider_of
from trunkline.core.infra.planfile.marks import marks_of
from trunkline.core.infra.planfile.message import (
    Change,
    OutputOfPlan,
    Plan,
    ResourceOfPlan,
    plan_of,
)
from trunkline.core.infra.planfile.shapes import DYNAMIC, Shape
from trunkline.core.infra.planfile.unsure import Unsure
from trunkline.core.infra.planfile.values import Path, known, unknown, value_of

MANAGED, DATA, EPHEMERAL = "managed", "data", "ephemeral"

Shapes = Mapping[str, Mapping[str, Shape]]
"""Of each provider the shapes of what it has, named as `kind_of` names it."""

_INDEX = re.compile(r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]')


class PlanFile(Struct, frozen=True):
    """A plan's file that was opened. What it says is asked of it; every answer may be Unsure."""

    archive: Archive
    plan: Plan

    @classmethod
    def of(cls, archive: Archive, kind: str, version: str) -> PlanFile:
        """The program of this kind ("tofu", "terraform") and version is asked otherwise: it must
        have written the file.
        """
        plan = plan_of(archive.plan, kind)
        if plan.program != version:
            raise Unsure(f"it was written by version {plan.program}")
        return cls(archive, plan)

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to tell: nothing changes, and nothing changed outside."""
        still = all(one.change.is_still and not one.previous for one in self._resources)
        return still and not self._drift and all(one.change.is_still for one in self.plan.outputs)

    @property
    def kinds(self) -> frozenset[tuple[str, str]]:
        """(provider, kind) of all whose schema is needed to read the file."""
        changing = (*self._resources, *self._drift)
        return frozenset(
            (
                *((provider_of(one.provider), kind_of(one.address)) for one in changing),
                *((provider_of(one.provider), one.kind) for one in held_in(self.archive.state)),
            )
        )

    def told(self, shapes: Shapes) -> dict[str, Any]:
        """The mapping that the programs' JSON is, as far as it is looked at."""
        held = (
            one.told(_shape(shapes, one.provider, one.kind)) for one in held_in(self.archive.state)
        )
        values = {"root_module": {"resources": [one for one in held if one]}}
        return {
            "format_version": "1.2",
            "errored": self.plan.errored,
            "resource_changes": list(_told(self._resources, shapes)),
            "resource_drift": list(_told(self._drift, shapes)),
            "output_changes": {one.name: _output(one) for one in self.plan.outputs},
            "prior_state": {"values": values},
            **sensitive_variables(self.archive.code, self.plan.variables),
        }

    @property
    def quiet(self) -> dict[str, Any]:
        """The mapping of a plan that is quiet; what there is to hide is of no use without one."""
        return {"format_version": "1.2", "errored": self.plan.errored}

    @property
    def _resources(self) -> list[ResourceOfPlan]:
        return [one for one in self.plan.resources if not _is_internal(one)]

    @property
    def _drift(self) -> list[ResourceOfPlan]:
        """A refresh tells also of what only moved."""
        refreshes = self.plan.refreshes
        return [one for one in self.plan.drift if refreshes or one.change.actions != ("no-op",)]


def kind_of(address: str) -> str:
    """`managed.aws_vpc` of `module.net["eu"].aws_vpc.main[0]`. Raises Unsure."""
    steps = _INDEX.sub("", address).split(".")
    while len(steps) > 2 and steps[0] == "module":
        steps = steps[2:]
    mode = steps[0] if steps[0] in (DATA, EPHEMERAL) else MANAGED
    names = steps if mode == MANAGED else steps[1:]
    if len(names) != 2 or "" in names:
        raise Unsure(f"{address} is an unknown form of an address")
    return f"{mode}.{names[0]}"


def _is_internal(one: ResourceOfPlan) -> bool:
    """What the programs note for themselves, and show nobody."""
    mode, _, _ = kind_of(one.address).partition(".")
    if mode == EPHEMERAL:
        if not one.change.is_still:
            raise Unsure(f"{one.address} is ephemeral")
        return True
    return mode == DATA and one.change.actions == ("delete",)


def _told(resources: list[ResourceOfPlan], shapes: Shapes) -> Iterator[dict[str, Any]]:
    for one in sorted(resources, key=lambda one: (one.address, one.deposed)):
        kind = kind_of(one.address)
        shape, change = _shape(shapes, one.provider, kind), one.change
        marked = shape.hides or change.before_marks or change.after_marks
        if change.is_still and not (one.previous or marked):
            continue
        yield {
            "address": one.address,
            "previous_address": one.previous,
            "deposed": one.deposed,
            "type": kind.partition(".")[2],
            "provider_name": provider_of(one.provider),
            "action_reason": one.reason,
            "change": _change(change, shape, one.replaces),
        }


def _change(change: Change, shape: Shape, replaces: tuple[Path, ...]) -> dict[str, Any]:
    before, after = _value(change.before, shape), _value(change.after, shape)
    return {
        "actions": list(change.actions),
        "before": known(before),
        "after": known(after),
        "after_unknown": unknown(after),
        "before_sensitive": marks_of(before, shape, change.before_marks),
        "after_sensitive": marks_of(after, shape, change.after_marks),
        "replace_paths": [list(path) for path in replaces],
        "importing": {"id": change.imported} if change.imported is not None else None,
    }


def _output(one: OutputOfPlan) -> dict[str, Any]:
    before, after = _value(one.change.before, DYNAMIC), _value(one.change.after, DYNAMIC)
    return {
        "actions": list(one.change.actions),
        "before": known(before),
        "after": known(after),
        "after_unknown": unknown(after),
        "before_sensitive": one.sensitive,
        "after_sensitive": one.sensitive,
    }


def _value(packed: bytes | None, shape: Shape) -> Any:
    return None if packed is None else value_of(packed, shape)


def _shape(shapes: Shapes, provider: str, kind: str) -> Shape:
    found = shapes.get(provider_of(provider), {}).get(kind)
    if found is None:
        raise Unsure(f"no schema says what {kind} is")
    return found
