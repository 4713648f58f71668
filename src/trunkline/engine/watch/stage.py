"""What the clusters are to be equal to from one commit on."""

from __future__ import annotations

from msgspec import Struct

from trunkline.core.component import Component
from trunkline.engine.judge import Judge
from trunkline.engine.lineage import Lineage
from trunkline.engine.scene import Scene
from trunkline.engine.wants import Wants
from trunkline.engine.watch.going import Going
from trunkline.engine.watch.holds import Holds
from trunkline.engine.watch.steps import Steps


class Stage(Struct, frozen=True):
    """One commit as a keeper must know it: its scene, and what of it belongs to the cluster.

    `holds` says which of its components wait for infrastructure.
    `going` is None where only some components are watched: then nothing is known to be gone.
    """

    scene: Scene
    lineage: Lineage
    placed: tuple[Component, ...]
    wants: Wants
    judge: Judge
    steps: Steps
    holds: Holds
    author: str = ""
    going: Going | None = None

    @property
    def commit(self) -> str:
        return self.scene.commit
