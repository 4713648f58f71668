"""Which Applications wait for infrastructure, each with the reason in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from trunkline.core.component import Component
from trunkline.core.depends import held_back
from trunkline.core.infra.beside import Path, circles
from trunkline.core.trouble import Trouble
from trunkline.engine.infra.commits import UnitCommits
from trunkline.engine.infra.needs import needs_of
from trunkline.engine.infra.pending import pending_units
from trunkline.engine.infra.shelf import Shelf
from trunkline.engine.scene import Scene


async def held_of(
    scene: Scene,
    components: Sequence[Component],
    wanted: Collection[str],
    commits: UnitCommits,
    shelf: Shelf,
) -> Mapping[str, str]:
    """By id. `wanted` are the units that these components wait for. Where nobody can say what is
    applied of them, they wait: that is better than an order that is not kept.
    """
    try:
        pending = await pending_units(shelf, commits, wanted, scene.commit)
        paths = await _circles(scene, commits) if pending else ()
    except Trouble as error:
        pending, paths = (
            dict.fromkeys(wanted, f"of which nobody can say what is applied: {error}"),
            (),
        )
    return held_back(components, pending, paths)


async def _circles(scene: Scene, commits: UnitCommits) -> tuple[Path, ...]:
    units = await commits.at(scene.commit)
    waiting = any(one.applications for one in units.units)
    return circles(units, needs_of(scene)) if waiting else ()
