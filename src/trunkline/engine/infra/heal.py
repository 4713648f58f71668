"""Plans against drift: of units whose code did not change, at the commit that has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from trunkline.core.infra.changed import ChangedUnit
from trunkline.core.infra.plan.values import Status
from trunkline.core.infra.saved import Entry, Span
from trunkline.engine.infra.program import UnitProgram
from trunkline.engine.infra.unit_plan import REFRESH, Planned, plan_unit


async def plan_heal(changed: ChangedUnit, program: UnitProgram, *, mocks: bool) -> Planned:
    """What makes the unit as its code says.

    Where the code has nothing against what is there, the state alone is behind: then it is the plan
    that takes the drift into the state.
    """
    found = await plan_unit(changed, program, mocks=mocks)
    if found.plan.status is not Status.PLANNED or found.plan.changed:
        return found
    return await plan_unit(changed, program, mocks=mocks, options=(REFRESH,))


class Split(Struct, frozen=True):
    """Units by what is on the shelf for them. `fresh` are planned now. `waiting` were planned by an
    earlier heal, and may be approved by now: they are not planned again. `held` are left alone: a
    change of their code is planned, which is neither replaced nor applied as a heal.
    """

    fresh: tuple[str, ...]
    waiting: tuple[str, ...]
    held: dict[str, str]


def split(drifted: Sequence[str], checked: Sequence[str], span: Span) -> Split:
    left = {one.unit: one for one in span.entries if not one.done}
    return Split(
        tuple(one for one in drifted if one not in left),
        tuple(one for one in checked if one in left and left[one].heals),
        {one: _why(left[one]) for one in drifted if one in left and not left[one].heals},
    )


def _why(entry: Entry) -> str:
    named = f" ({entry.plan})" if entry.plan else ""
    return f"what is planned of it{named} for a change of code is not applied yet"


def to_keep(planned: Iterable[Planned], span: Span) -> list[Planned]:
    """What an apply can do something with: saved plans, and readers that wait for one of those.

    What the shelf has for other units stays as it is.
    """
    left = {one.unit for one in span.entries if not one.done}
    found = [one for one in planned if one.plan.unit not in left]
    names = {one.plan.unit for one in found if one.file is not None}
    return [
        one
        for one in found
        if one.file is not None or (one.plan.waits_for and names.issuperset(one.plan.waits_for))
    ]
