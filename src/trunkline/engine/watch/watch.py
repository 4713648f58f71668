"""The whole watch: one branch, its commits one after the other, and a keeper for each cluster.

It ends when it is stopped, and then leaves nothing half-done: writes under way are waited for,
runs are ended in the store. A watch that is killed leaves what any killed sync leaves, which the
next one completes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

from msgspec.structs import replace

from trunkline.core.component import Cluster
from trunkline.core.event import CommitRefused, CommitSeen, Listener
from trunkline.core.finding import Finding
from trunkline.core.trouble import Trouble
from trunkline.edge.git import Commit
from trunkline.engine.lineage import Lineage
from trunkline.engine.scene import Scene
from trunkline.engine.sync.removal import Removals
from trunkline.engine.sync.rollouts import rollouts_of
from trunkline.engine.sync.schedule import Key
from trunkline.engine.wants import Wants
from trunkline.engine.watch.acting import Acting
from trunkline.engine.watch.bell import Bell
from trunkline.engine.watch.going import Going
from trunkline.engine.watch.holds import Holds
from trunkline.engine.watch.journal import Journal
from trunkline.engine.watch.keeper import Keeper
from trunkline.engine.watch.kit import Kit, Placed
from trunkline.engine.watch.pace import spread
from trunkline.engine.watch.stage import Stage
from trunkline.engine.watch.steps import Steps
from trunkline.engine.watch.tasks import Tasks

# So many components' renders are condensed at the same time, over all clusters.
RENDERS = 4

# So many large components are looked at with all of their objects at the same time.
LARGE_LOOKS = 2


class Watch:
    """Started once with `run`; `stop` and `bell.ring` may be called at any time."""

    def __init__(self, kit: Kit, listener: Listener) -> None:
        self.bell = Bell()
        self._kit = kit
        self._listener = listener
        self._tasks = Tasks(listener)
        self._journal = Journal(kit.records, listener)
        self._keepers: dict[str, Keeper] = {}
        self._retiring: set[asyncio.Task[None]] = set()
        self.renders = asyncio.Semaphore(RENDERS)
        self._looks = asyncio.Semaphore(LARGE_LOOKS)
        self._commit = ""
        self._outdated = False
        self._scene: Scene | None = None
        self._told: frozenset[Finding] = frozenset()
        self._refused = ""
        self._holds = Holds()
        self._stopped = asyncio.Event()

    @property
    def stopping(self) -> bool:
        return self._stopped.is_set()

    def stop(self) -> None:
        self._stopped.set()

    async def run(self) -> None:
        """Keep everything aligned until stopped."""
        try:
            self._tasks.keep("branch", self._follow)
            self._tasks.keep("other sources", self._look_outside)
            self._tasks.keep("render workers", self._let_rest)
            await self._stopped.wait()
        finally:
            await self._end()

    async def _end(self) -> None:
        await self._tasks.close()
        await self._journal.close()
        for name in list(self._keepers):
            self._retire(name)
        if self._retiring:
            await asyncio.wait(set(self._retiring))

    async def _follow(self) -> None:
        """Look at the branch now and then, and go over to its newest commit."""
        while True:
            try:
                head = await self._kit.branch.head()
                if head.id != self._commit or self._outdated or await self._let_go():
                    await self._go_over(head)
            except Trouble as error:
                self._tell_refused(str(error))
            await self.bell.wait(spread(self._kit.pace.poll))

    async def _look_outside(self) -> None:
        """Branches and versions elsewhere move too; then the same commit means something new."""
        while True:
            await asyncio.sleep(spread(self._kit.pace.outside))
            if await self._kit.branch.moved():
                self._outdated = True
                self.bell.ring()

    async def _held(self, scene: Scene, placed: Placed) -> Mapping[str, str]:
        """Those that are watched and wait for infrastructure, each with the reason."""
        watched = {one.id for one, _ in placed}
        left = {one.id for one in scene.discovered.components} if self._kit.whole else None
        held = await self._kit.held(scene)
        return {
            one: reason
            for one, reason in held.items()
            if one in watched or (left is not None and one not in left)
        }

    async def _let_go(self) -> bool:
        """Wake those that infrastructure holds no more, or for another reason. Whether the commit
        has to be gone over to again, because it means something else by what was applied.
        """
        moved = await self._holds.again(self._listener)
        gone = [one for one in moved if not self._holds.reason(one)]
        if gone and await self._kit.branch.moved():
            return True
        for one in moved:
            for name in self._keepers:
                self._wake((one, name))
        return False

    def _tell_refused(self, message: str) -> None:
        """Once, until it is another message."""
        if message != self._refused:
            self._refused = message
            self._listener(CommitRefused(self._commit, message))

    async def _go_over(self, head: Commit) -> None:
        """What moves elsewhere meanwhile has it gone over to again, and so does a failure."""
        self._outdated = False
        try:
            await self._adopt(head)
        except BaseException:
            self._outdated = True
            raise

    async def _adopt(self, head: Commit) -> None:
        scenes = self._kit.branch.scenes(head.id)
        scene = await scenes.at(head.id)
        placed = self._kit.chosen(scene)
        fleet = {cluster.name: cluster for _, cluster in placed}
        used = self._used(scene, fleet)
        synced = await self._kit.records.inventories(sorted(used))
        lineage = Lineage(scene, scenes, self._kit.desires, synced)
        wants = Wants(scene, self._kit.desires)
        removals = Removals(scene, lineage, wants)
        going = Going(removals, self._kit.how, head.id, self._keepers.values)
        self._commit, self._refused, self._scene = head.id, "", scene
        judge = self._kit.judge(scene)
        self._tell(head, placed, (*scene.discovered.findings, *await self._misplaced(scene)))
        self._holds = Holds(partial(self._held, scene, placed), self._holds)
        await self._holds.look(self._listener)
        rollouts = rollouts_of(placed, scene.discovered.sets)
        steps = Steps(rollouts, partial(self._stands, head.id), self._wake)
        for name in self._keepers.keys() - used.keys():
            self._retire(name)
        for name, cluster in used.items():
            components = tuple(one for one, at in placed if at.name == name)
            keeper = self._keeper(cluster)
            keeper.set(
                Stage(
                    scene,
                    lineage,
                    components,
                    wants,
                    judge,
                    steps,
                    self._holds,
                    head.author,
                    going if self._kit.whole else None,
                )
            )

    def _stands(self, commit: str, key: Key) -> bool:
        keeper = self._keepers.get(key[1])
        return keeper is not None and keeper.stands(key[0], commit)

    def _wake(self, key: Key) -> None:
        if keeper := self._keepers.get(key[1]):
            keeper.queue.add(key[0])

    def _used(self, scene: Scene, fleet: Mapping[str, Cluster]) -> dict[str, Cluster]:
        """The clusters to watch: those of components and, where all are watched, those that may
        still hold something of components that are gone.
        """
        known = {one.name: one for one in scene.discovered.fleet.clusters}
        if not self._kit.whole:
            return dict(fleet)
        once = {name for name in self._keepers if name in known}
        declared = {name for name, one in known.items() if one.origin.file}
        return {name: known.get(name) or fleet[name] for name in sorted({*fleet, *once, *declared})}

    def _keeper(self, cluster: Cluster) -> Keeper:
        """The keeper of the cluster; a new one where it is reached in another way now."""
        keeper = self._keepers.get(cluster.name)
        if keeper and keeper.cluster == cluster:
            return keeper
        if keeper:
            self._retire(cluster.name)
        kit, name = self._kit, cluster.name
        acting = Acting(cluster, kit.how, kit.records, self._journal, self._listener, self._looks)
        keeper = Keeper(
            cluster,
            lambda: kit.dial(cluster, self._newest()),
            kit.desires,
            self.renders,
            acting,
            self._tasks,
            kit.pace,
            self._listener,
        )
        self._keepers[name] = keeper
        keeper.start()
        return keeper

    def _retire(self, name: str) -> None:
        """A cluster is reached in another way now, or is no concern of ours any more. What its
        keeper writes just now keeps nobody waiting."""
        keeper = self._keepers.pop(name)
        keeper.stop()
        task = asyncio.create_task(keeper.close(), name=f"end of {name}")
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    def _newest(self) -> Scene:
        """The scene that says how clusters are reached."""
        assert self._scene is not None
        return self._scene

    def _tell(self, head: Commit, placed: Placed, findings: tuple[Finding, ...]) -> None:
        clusters = tuple(sorted({at.name for _, at in placed}))
        fresh = tuple(one for one in findings if replace(one, line=0) not in self._told)
        self._told = frozenset(replace(one, line=0) for one in findings)
        said = (head.id, head.author, head.subject, len(placed), clusters, findings, fresh)
        self._listener(CommitSeen(*said))

    async def _misplaced(self, scene: Scene) -> Sequence[Finding]:
        """It is no reason not to follow the branch that nobody can tell."""
        try:
            return await self._kit.misplaced(scene)
        except Trouble:
            return ()

    async def _let_rest(self) -> None:
        """Let the render workers go while there is nothing to render."""
        renderer, seen = self._kit.desires.renderer, -1
        while True:
            await asyncio.sleep(spread(self._kit.pace.rest))
            if seen == (seen := renderer.statistics.misses):
                await renderer.rest()
