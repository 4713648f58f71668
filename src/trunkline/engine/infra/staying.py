"""Applications that Git holds no more, and that stay until what needed them is gone.

A removal is the coming turned round: what a unit waited for is there as long as the unit is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from trunkline.core.infra.units import Units
from trunkline.engine.infra.commits import UnitCommits
from trunkline.engine.infra.pending import leaving_units
from trunkline.engine.infra.shelf import Shelf
from trunkline.engine.scene import Scene

UnitsAt = Callable[[str], Awaitable[Units]]


async def staying_of(
    scene: Scene, commits: UnitCommits, units_at: UnitsAt, shelf: Shelf
) -> Mapping[str, str]:
    """By id, each with the reason. `units_at` gives a commit's units by its own settings, for what
    they waited for is said there. Raises Trouble.
    """
    found: dict[str, str] = {}
    for unit, (base, why) in sorted((await leaving_units(shelf, commits, scene.commit)).items()):
        before = await units_at(base)
        for one in before[unit].applications if unit in before else ():
            if not any(each.id == one for each in scene.discovered.components):
                found.setdefault(one, f"waits for the end of {unit}, {why}")
    return found
