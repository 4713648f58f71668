"""Which component of one commit is which of another.

Usually the one with the same id in the same cluster. An Application that got another name, and
deploys the same source to the same place, is the same component too: to delete all of the one and
create all of the other would be the wrong story.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from trunkline.core.component import Cluster, Component
from trunkline.core.snapshot import SnapshotError
from trunkline.engine.scene import Scene

Key = tuple[str, str]
Placed = tuple[Component, Cluster]


class Pair(Struct, frozen=True):
    """One component in one cluster, at the base and at the head (None: not there)."""

    key: Key
    cluster: Cluster
    base: Component | None
    head: Component | None

    @property
    def either(self) -> Component:
        found = self.head or self.base
        assert found is not None
        return found

    @property
    def renamed(self) -> bool:
        return bool(self.base and self.head and self.base.id != self.head.id)

    @property
    def was(self) -> tuple[str, ...]:
        """What moved, in words."""
        if self.base is None or self.head is None:
            return ()
        return tuple(_moved(self.base, self.head))


def _moved(base: Component, head: Component) -> Iterator[str]:
    if base.id != head.id:
        yield f"was called {base.id}"
    if len(base.sources) == len(head.sources):
        for was, now in zip(base.sources, head.sources, strict=True):
            if was.path and now.path and was.path != now.path:
                yield f"its source was {was.path}, is {now.path}"


def paired(base: Scene, head: Scene, ids: Iterable[str] = ()) -> list[Pair]:
    """Every component of both commits, in the order of ids and clusters; `ids`: only these."""
    olds = {(one.id, at.name): (one, at) for one, at in base.placed(known=False)}
    news = {(one.id, at.name): (one, at) for one, at in head.placed(known=False)}
    renamed = _renamed(base, head, olds, news)
    wanted, found = frozenset(ids), []
    for key in sorted(({*olds, *news}) - set(renamed.values())):
        was, now = olds.get(renamed.get(key, key)), news.get(key)
        one, cluster = now or olds[key]
        names = {one.id, was[0].id} if was else {one.id}
        if (not wanted or names & wanted) and not names & head.discovered.skipped:
            found.append(Pair(key, cluster, was and was[0], now and now[0]))
    return found


def _renamed(
    base: Scene, head: Scene, olds: Mapping[Key, Placed], news: Mapping[Key, Placed]
) -> dict[Key, Key]:
    """For each new component that is an old one under another name, the old one."""
    gone = {key: olds[key][0] for key in olds.keys() - news.keys()}
    come = {key: news[key][0] for key in news.keys() - olds.keys()}
    found: dict[Key, Key] = {}
    for said in (_as_written, _as_read):
        lost, born = _by(gone, base, said), _by(come, head, said)
        for one in lost.keys() & born.keys():
            if len(lost[one]) == len(born[one]) == 1:
                (old,), (new,) = lost[one], born[one]
                found[new] = old
                del gone[old], come[new]
    return found


def _by(
    components: Mapping[Key, Component], scene: Scene, said: Callable[[Scene, Component], str]
) -> dict[Hashable, list[Key]]:
    """The components by where they go, and by what their sources say."""
    found: dict[Hashable, list[Key]] = defaultdict(list)
    for key, one in components.items():
        found[key[1], one.destination.namespace, one.project, said(scene, one)].append(key)
    return found


def _as_written(_scene: Scene, component: Component) -> str:
    return repr(component.sources)


def _as_read(scene: Scene, component: Component) -> str:
    """The sources with what stands at their paths in place of the paths: moved files are equal."""
    return repr([replace(one, path=_tree(scene, one.path)) for one in component.sources])


def _tree(scene: Scene, path: str) -> str:
    try:
        return scene.world.snapshot.object_id(path) or path
    except SnapshotError:
        return path
