"""The app for infrastructure: the programs and the store beside what files alone answer."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import hashlib
import socket
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterable, Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from trunkline.core.change import PlannedCommit
from trunkline.core.infra.changed import ChangedUnit, How
from trunkline.core.infra.code import standing
from trunkline.core.infra.discover import Units
from trunkline.core.infra.output_readers import OutputReaders
from trunkline.core.infra.outputs import UnitOutputs
from trunkline.core.infra.plan.dangerous import data_findings
from trunkline.core.infra.plan.values import InfraPlan, UnitPlan
from trunkline.edge.git.checkout import Checkouts
from trunkline.edge.programs.environment import Outside, environment
from trunkline.edge.programs.errors import ProgramError
from trunkline.edge.programs.found import Programs, find_programs
from trunkline.engine.infra.moving import has_state
from trunkline.engine.infra.outputs import Asked, read_outputs, read_units, secret_units
from trunkline.engine.infra.program import CommandFailed, UnitProgram
from trunkline.engine.infra.range_plan import RangePlanner
from trunkline.engine.infra.remarks import CodeOfUnits, code_of_units, refusals, remarks, unplanned
from trunkline.engine.infra.seen import SeenStates
from trunkline.engine.infra.shelf import Entry, SavedPlan, Shelf, Span
from trunkline.engine.infra.site import Site
from trunkline.engine.infra.unit_plan import Planned, begun, deferred, plan_unit
from trunkline.engine.infra.workshop import Limits
from trunkline.offline import OfflineApp, UnknownComponent

if TYPE_CHECKING:
    from trunkline.edge.store import Store

PROGRAMS = "infra"
T = TypeVar("T")
# Seconds until the first programs run: what is loaded before holds them up.
HEAD_START = 0.15


class InfraApp(OfflineApp):
    """One repository with the programs of its infrastructure, and the store of saved plans."""

    _store: Store | None = None

    async def store(self) -> Store:
        """The store, opened when it is first needed. Raises StoreError."""
        if self._store is None:
            # A database library takes as long to load as a plan takes: that runs meanwhile.
            library = await asyncio.to_thread(import_module, "trunkline.edge.store.store")
            place = self._places.store_of(self.repository.root)
            self._store = await library.Store.open(place, keys=self._places.keys)
            self._exits.push_async_callback(self._store.close)
        return self._store

    async def shelf(self) -> Shelf:
        return Shelf((await self.store()).vault)

    async def saved_plan(self, plan: str) -> SavedPlan:
        """A plan on the shelf by its id, or how that begins. Raises UnknownPlan."""
        return await (await self.shelf()).named(plan)

    async def site(self, asked: Awaitable[Programs] | None = None, *, trusted: bool = True) -> Site:
        """The programs and checkouts. Raises ProgramError where no program is there.

        `asked` are the programs, if they were asked for before. What is not trusted sees no
        credential and no file of this user's.
        """
        said = self.settings.infra
        programs = await (asked or find_programs(said.program))
        cache = self._places.cache / PROGRAMS
        name = hashlib.sha256(str(self.repository.root.resolve()).encode()).hexdigest()[:12]
        outside = Outside() if said.environment is None else Outside(said.environment)
        if not trusted:
            outside = Outside((), self._empty_home(cache))
        return Site(
            self.repository,
            Checkouts(cache / "checkouts" / name, self.repository.git_dir),
            programs,
            environment(programs, cache, outside),
            cache,
            Limits(said.timeout, said.lock_timeout, said.parallelism),
        )

    @property
    def makers(self) -> frozenset[str]:
        """The units that make clusters."""
        return frozenset(one.unit.strip("/") for one in self.settings.clusters if one.unit)

    async def asked(self, commit: str) -> Asked:
        """Of which units somebody at the commit reads the outputs."""
        scene = await self.scene(commit)
        components = scene.discovered.components
        hidden = secret_units(components, scene.world.allowed)
        return Asked(read_units(components), hidden, self.makers)

    async def read_outputs(self, ids: Sequence[str], revision: str) -> tuple[UnitOutputs, ...]:
        """The outputs of these units, read anew and kept; those that are known where none is named.

        Raises UnknownComponent, ProgramError, CommandFailed.
        """
        store = await self.store()
        if not ids:
            return tuple((await store.outputs()).values())
        commit = self.repository.resolve(revision)
        units = await self.units().at(commit)
        check_units(ids, units)
        asked = await self.asked(commit)
        found = []
        async with await self.site() as site:
            for one in ids:
                program = await site.program(units[one], commit)
                found.append(await read_outputs(store, program, asked, commit))
        return tuple(found)

    async def plan_infra(
        self,
        base: str,
        head: str,
        ids: Sequence[str] = (),
        *,
        keep: bool = True,
        needed: bool = True,
        trusted: bool = True,
    ) -> InfraPlan:
        """What the commits after `base` up to `head` do to the infrastructure.

        `keep` puts the saved plans on the shelf, to be applied. Raises ProgramError where no
        program is there, unless the plan is not `needed`: then a finding says so. A range that is
        not `trusted` is planned as far as `infra.untrusted` allows.
        """
        base, head = self.repository.resolve(base), self.repository.resolve(head)
        units = await self.infrastructure(head)
        # The programs take as long to say their versions as it takes to find what changed.
        async with _meanwhile(find_programs(self.settings.infra.program)) as asked:
            chosen = await self._chosen(units, base, head, ids)
            if not chosen:
                return InfraPlan(base, head, considered=len(units.units))
            code = code_of_units(self.units().files(base), self.units().files(head), chosen)
            refused = {} if trusted else self._refused(units, head, chosen, code)
            try:
                site = await self.site(asked, trusted=trusted)
            except ProgramError as error:
                if needed:
                    raise
                return unplanned(base, head, chosen, units, error)
        outputs = OutputReaders(self.units().files(head))
        async with site:
            planner = RangePlanner(
                units,
                chosen,
                lambda one: self._plan_one(site, one, base, head),
                outputs,
                self.listener,
                refused,
            )
            planned = await self._planned(planner, keep=keep)
        plans = [one.plan for one in planned]
        if keep:
            plans = await self._keep(planned, base, head, narrowed=bool(ids))
        return InfraPlan(
            base,
            head,
            tuple(plans),
            remarks(units, plans, outputs, code, self.settings.infra.data),
            len(units.units),
            self._commits(base, head),
        )

    async def _chosen(
        self, units: Units, base: str, head: str, ids: Sequence[str]
    ) -> dict[str, ChangedUnit]:
        """What changed, of these units or of all. Raises UnknownComponent."""
        changed = {one.id: one for one in await self.units().between(base, head)}
        check_units(ids, units, changed)
        return {one: said for one, said in changed.items() if not ids or one in ids}

    def _refused(
        self, units: Units, head: str, chosen: Mapping[str, ChangedUnit], code: CodeOfUnits
    ) -> Mapping[str, str]:
        """What of a change from outside is not planned, each with the reason."""
        files, allowed = self.units().files(head), self.settings.infra.untrusted
        return refusals(allowed, chosen, code, lambda one: standing(files, units, one.unit))

    async def _planned(self, planner: RangePlanner, *, keep: bool) -> list[Planned]:
        """What is to be kept is planned while the shelf is opened for it."""
        planning = asyncio.create_task(planner.plan(), name="plans")
        if keep:
            await self._opened(planning)
        return await planning

    def _empty_home(self, cache: Path) -> Path:
        home = cache / "nobody"
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        return home

    async def _opened(self, planning: asyncio.Task[list[Planned]]) -> None:
        """Open the store while the programs run; they are ended where that fails."""
        try:
            await asyncio.wait([planning], timeout=HEAD_START)
            await self.store()
        except BaseException:
            planning.cancel()
            await asyncio.wait([planning])
            raise

    async def _plan_one(self, site: Site, one: ChangedUnit, base: str, head: str) -> Planned:
        removed = one.how is How.REMOVED
        purpose = "base" if removed else "head"
        program = await site.program(one.unit, base if removed else head, purpose)
        if one.how is How.MOVED and not await _has_state(program):
            # Where the state's place follows the directory, everything would seem to be new.
            return Planned(deferred(begun(one, program), ()))
        return await plan_unit(one, program, mocks=self.settings.infra.mock_outputs)

    async def _keep(
        self,
        planned: Sequence[Planned],
        base: str,
        head: str,
        *,
        narrowed: bool,
        heals: bool = False,
    ) -> list[UnitPlan]:
        """The plans with the names under which they are sealed on the shelf.

        Where only some units were asked for, what was planned of the others before stays. `heals`
        says that they are against drift: nobody is shown them before they are applied.
        """
        shelf = await self.shelf()
        plans = [await self._kept(one, shelf, (base, head)) for one in planned]
        entries = tuple(
            Entry(
                one.unit,
                one.how,
                one.status.value,
                one.plan,
                one.shapes,
                one.waits_for,
                seen=not heals,
                heals=heals,
            )
            for one in plans
        )
        span = Span(base, head, entries)
        await (shelf.keep_beside(span) if narrowed else shelf.keep_span(span))
        return plans

    async def _kept(self, planned: Planned, shelf: Shelf, span: tuple[str, str]) -> UnitPlan:
        plan = await SeenStates(shelf.vault).judged(planned.plan)
        if planned.file is None:
            return plan
        planned = planned.told(plan)
        commit = span[0] if plan.how == How.REMOVED else span[1]
        loses = len(list(data_findings(plan, self.settings.infra.data)))
        saved = await shelf.keep(planned, span, commit, loses)
        return replace(plan, plan=saved.id)

    def _commits(self, base: str, head: str) -> tuple[PlannedCommit, ...]:
        found: list[PlannedCommit] = []
        for one in self.repository.history(head):
            if one.id == base or len(found) == 100:
                break
            found.append(PlannedCommit(one.id, one.author, one.subject, one.time))
        return tuple(found)


def check_units(ids: Sequence[str], units: Units, more: Iterable[str] = ()) -> None:
    """Raises UnknownComponent for an id that neither is a unit nor was one."""
    names = {unit.id for unit in units.units} | {*more}
    for one in ids:
        if one not in names:
            near = get_close_matches(one, sorted(names), n=3)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            raise UnknownComponent(f"no unit is called {one!r}{hint}")


@contextlib.asynccontextmanager
async def _meanwhile(work: Coroutine[Any, Any, T]) -> AsyncIterator[asyncio.Task[T]]:
    """Work that goes on beside, and is ended where nobody waited for it."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _has_state(program: UnitProgram) -> bool:
    """A program that fails here fails when it plans, and says there why."""
    try:
        return await has_state(program)
    except (CommandFailed, ProgramError):
        return True


def person() -> str:
    """Who approves and unlocks."""
    return f"{getpass.getuser()}@{socket.gethostname()}"
