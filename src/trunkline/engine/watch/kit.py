"""What a watch works with, as the app hands it over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from msgspec import Struct

from trunkline.core.component import Cluster, Component
from trunkline.core.finding import Finding
from trunkline.edge.cluster.client import ClusterClient
from trunkline.edge.git import Commit
from trunkline.engine.desire import Desires
from trunkline.engine.judge import Judge
from trunkline.engine.records import Records
from trunkline.engine.scene import Scene, Scenes
from trunkline.engine.sync.component import How
from trunkline.engine.watch.pace import Pace

PACE = Pace()

Placed = Sequence[tuple[Component, Cluster]]


class Branch(Struct, frozen=True):
    """What is followed: `head` says at which commit it is, `scenes` gives the scenes of the
    repository as that commit's settings say. Both raise Trouble. `moved` says whether what lies
    in other repositories is another thing than before.
    """

    head: Callable[[], Awaitable[Commit]]
    scenes: Callable[[str], Scenes]
    moved: Callable[[], Awaitable[bool]]


class Kit(Struct, frozen=True):
    """What a watch works with. `chosen` are the components that it keeps; `whole` says that these
    are all, so that what is not among them is gone. `dial` makes a client of a cluster, `judge`
    says who judges health at a commit. `held` says which of its components wait for infrastructure,
    each with the reason; it raises nothing. `misplaced` is what is wrong with what they wait for.
    """

    branch: Branch
    desires: Desires
    records: Records
    dial: Callable[[Cluster, Scene], Awaitable[ClusterClient]]
    chosen: Callable[[Scene], Placed]
    how: How
    judge: Callable[[Scene], Judge]
    held: Callable[[Scene], Awaitable[Mapping[str, str]]]
    misplaced: Callable[[Scene], Awaitable[Sequence[Finding]]]
    whole: bool = True
    pace: Pace = PACE
