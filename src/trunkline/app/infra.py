"""The app for infrastructure: the programs and the store beside what files alone answer."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

from msgspec.structs import replace

from trunkline.app.offline import UnknownComponent
from trunkline.app.stored import StoredApp
from trunkline.core.infra.changed import How
from trunkline.core.infra.outputs import UnitOutputs
from trunkline.core.infra.plan.dangerous import data_findings
from trunkline.core.infra.plan.values import UnitPlan
from trunkline.core.infra.saved import Entry, SavedPlan, Span
from trunkline.core.infra.units import Units
from trunkline.edge.git.checkout import Checkout, Checkouts
from trunkline.edge.known_schemas import KnownSchemas
from trunkline.edge.programs.environment import Outside, environment
from trunkline.edge.programs.found import Programs, find_programs
from trunkline.edge.programs.known import KnownVersions
from trunkline.engine.infra.outputs import Asked, read_outputs, read_units, secret_units
from trunkline.engine.infra.schemas import Schemas
from trunkline.engine.infra.seen import SeenStates
from trunkline.engine.infra.shelf import Shelf
from trunkline.engine.infra.site import Site
from trunkline.engine.infra.unit_plan import Planned
from trunkline.engine.infra.workshop import Limits

PROGRAMS = "infra"
# The same for what is not trusted: a provider that it fetched is no one else's.
OUTSIDERS = "infra-outside"


class InfraApp(StoredApp):
    """One repository with the programs of its infrastructure, and the store of saved plans."""

    is_for_renders = False

    async def saved_plan(self, plan: str) -> SavedPlan:
        """A plan on the shelf by its id, or how that begins. Raises UnknownPlan."""
        return await (await self.shelf()).named(plan)

    @property
    def checkouts(self) -> Checkouts:
        """Where the programs find the files of a commit."""
        name = hashlib.sha256(str(self.repository.root.resolve()).encode()).hexdigest()[:12]
        folder = self._kept_in / "checkouts" / name
        return Checkouts(folder, self.repository.git_dir, fresh=not self.trusted)

    @property
    def _kept_in(self) -> Path:
        """What is not trusted leaves nothing to what is."""
        return self._places.cache / (PROGRAMS if self.trusted else OUTSIDERS)

    async def site(
        self,
        asked: Awaitable[Programs] | None = None,
        begun: Mapping[str, Awaitable[Checkout]] | None = None,
    ) -> Site:
        """The programs and checkouts. Raises ProgramError where no program is there.

        `asked` are the programs, if they were asked for before; `begun` checkouts likewise. What is
        not trusted sees no credential and no file of this user's.
        """
        said = self.settings.infra
        programs = await (asked or self.programs())
        cache = self._kept_in
        outside = Outside() if said.environment is None else Outside(said.environment)
        if not self.trusted:
            outside = Outside((), self._empty_home(cache))
        return Site(
            self.repository,
            self.checkouts,
            programs,
            environment(programs, cache, outside),
            cache,
            Schemas(KnownSchemas(cache)),
            Limits(said.timeout, said.lock_timeout, said.parallelism),
            begun or {},
        )

    async def programs(self) -> Programs:
        """What this machine runs units with. Raises ProgramError where it has none for them."""
        return await find_programs(self.settings.infra.program, known=KnownVersions(self._kept_in))

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

    def _empty_home(self, cache: Path) -> Path:
        home = cache / "nobody"
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        return home

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
        writers = await self._writers()
        told = [one.told(with_writer(one.plan, writers)) for one in planned]
        others = (await self.units().at(head)).ids
        plans = [await self._kept(one, shelf, (base, head), others) for one in told]
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
            if one.how != How.LEFT
        )
        span = Span(base, head, entries)
        await (shelf.keep_beside(span) if narrowed else shelf.keep_span(span))
        await shelf.trim(head)
        return plans

    async def _writers(self) -> Mapping[tuple[str, int], str]:
        """By lineage and serial the version that wrote each state which is served from here."""
        place = self._places.states_of(self.repository.root)
        if "://" not in place and not Path(place).exists():
            return {}
        library = await asyncio.to_thread(import_module, "trunkline.edge.store.store")
        async with await library.Store.open(place, keys=self._places.keys, precious=True) as store:
            heads = [one.newest.head for one in await store.states.units() if one.newest]
        return {(one.lineage, one.serial): one.program for one in heads}

    async def _kept(
        self, planned: Planned, shelf: Shelf, span: tuple[str, str], others: Collection[str]
    ) -> UnitPlan:
        plan = await SeenStates(shelf.vault).judged(planned.plan, others)
        if planned.file is None:
            return plan
        planned = planned.told(plan)
        commit = span[0] if plan.how == How.REMOVED else span[1]
        loses = len(list(data_findings(plan, self.settings.infra.data)))
        saved = await shelf.keep(planned, span, commit, loses)
        return replace(plan, plan=saved.id)


def with_writer(plan: UnitPlan, writers: Mapping[tuple[str, int], str]) -> UnitPlan:
    """The plan with the version that wrote the state which it was made from, where it is known."""
    return replace(plan, written=plan.written or writers.get((plan.lineage, plan.serial), ""))


def check_units(ids: Sequence[str], units: Units, more: Iterable[str] = ()) -> None:
    """Raises UnknownComponent for an id that neither is a unit nor was one."""
    names = {unit.id for unit in units.units} | {*more}
    for one in ids:
        if one not in names:
            near = get_close_matches(one, sorted(names), n=3)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            remedy = "trunkline infra units lists them"
            raise UnknownComponent(f"no unit is called {one!r}{hint}", remedy=remedy)
