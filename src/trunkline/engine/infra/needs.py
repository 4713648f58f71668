"""What each Application of a commit waits for: by its word, its wave, its outputs, its cluster."""

from __future__ import annotations

from collections.abc import Mapping

from trunkline.core.component import Cluster
from trunkline.core.depends import units_of
from trunkline.core.infra.beside import Needs
from trunkline.engine.scene import Scene
from trunkline.engine.sync.rollouts import rollouts_of
from trunkline.engine.sync.schedule import waits_for


def needs_of(scene: Scene) -> Mapping[str, Needs]:
    """By id. A cluster that a unit makes has its Applications wait for that unit."""
    placed = scene.placed(known=False)
    steps = rollouts_of(placed, scene.discovered.sets).before
    before = waits_for(((one, at.name) for one, at in placed), steps)
    known = frozenset(one.id for one, _ in placed)
    return {
        one.id: Needs(
            tuple(sorted({earlier for earlier, _ in before[one.id, at.name]})),
            (*units_of(one, known), *_maker(at)),
        )
        for one, at in placed
    }


def _maker(cluster: Cluster) -> tuple[str, ...]:
    unit = cluster.access.get("unit")
    return (str(unit),) if unit else ()
