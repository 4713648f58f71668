"""Saved plans on their shelf: sealed in the store's vault, each with what it is bound to.

A plan file holds the state and every variable in clear, so that nothing of it lies anywhere else.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from trunkline.core.infra.saved import Approval, Entry, SavedPlan, Span, unpacked
from trunkline.core.report.infra_text import unit_text
from trunkline.core.trouble import Trouble
from trunkline.engine.infra.unit_plan import Planned

ROOM = "infra-plans"
APPROVALS = "infra-approvals"
SPANS = "infra-ranges"
LOST = "infra-lost-states"
KEPT = {ROOM: 500, APPROVALS: 2000, SPANS: 2000}
"""So many of each are kept, the newest."""


AT_ONCE = 10_000
"""Fewer than a statement of SQLite may name."""


class Vault(Protocol):
    """What keeps small secrets by room and name (`edge/store/vault.py`)."""

    async def keep(self, room: str, name: str, value: bytes) -> None: ...

    async def change(
        self, room: str, name: str, change: Callable[[bytes | None], bytes]
    ) -> bytes: ...

    async def kept(self, room: str, name: str) -> bytes | None: ...

    async def names(self, room: str) -> tuple[str, ...]: ...

    async def drop(self, room: str, *names: str) -> None: ...


class UnknownPlan(Trouble):
    """No saved plan has this id."""


class Shelf(Struct, frozen=True):
    """Every method raises StoreError, KeysError."""

    vault: Vault

    async def keep(
        self, planned: Planned, span: tuple[str, str], commit: str, loses: int = 0
    ) -> SavedPlan:
        """Seal a plan that has something to apply, and keep it."""
        plan, file = planned.plan, planned.file or b""
        whole = hashlib.sha256(f"{plan.unit}\0{commit}\0".encode() + file).hexdigest()
        saved = SavedPlan(
            whole[:12],
            plan.unit,
            *span,
            commit,
            plan.how,
            plan.program,
            plan.serial,
            plan.lineage,
            plan.shape,
            plan.shapes,
            time.time(),
            plan.counts,
            loses,
            plan.keeps_state,
            plan.doubt,
            plan.written,
            unit_text(replace(plan, plan=whole[:12])),
            replace(plan, plan=whole[:12]).as_json(),
            planned.secrets,
            file,
        )
        await self.vault.keep(ROOM, _name(saved.id, span[1], plan.unit), saved.packed())
        return saved

    async def named(self, prefix: str) -> SavedPlan:
        """The plan whose id begins so. Raises UnknownPlan, also where several do: which of them is
        shown or approved must not hang on which is the newest.
        """
        names = [name for name in await self.vault.names(ROOM) if name.startswith(prefix)]
        if prefix and len(found := {one.split(" ", 1)[0]: one for one in names}) > 1:
            raise UnknownPlan(
                f"{prefix!r} begins the names of {len(found)} saved plans",
                remedy=f"say more of it: {_some(found.values())}",
            )
        data = await self.vault.kept(ROOM, names[-1]) if prefix and names else None
        if plan := unpacked(SavedPlan, data):
            return plan
        said = f"no saved plan is called {prefix!r}"
        if data is not None:
            said = f"another version of Trunkline saved the plan {prefix!r}: it is not known here"
        remedy = "trunkline infra plan BASE..HEAD makes plans and names them"
        raise UnknownPlan(said, remedy=remedy)

    async def plan(self, plan: str, head: str, unit: str) -> SavedPlan | None:
        """A plan by its whole id; None where it was applied or trimmed."""
        return unpacked(SavedPlan, await self.vault.kept(ROOM, _name(plan, head, unit)))

    async def drop(self, *plans: SavedPlan) -> None:
        await self.vault.drop(ROOM, *(_name(one.id, one.head, one.unit) for one in plans))

    async def approve(self, plan: SavedPlan, by: str) -> Approval:
        found = Approval(plan.id, plan.unit, plan.shape, by, time.time())
        await self.vault.keep(APPROVALS, plan.id, found.packed())
        return found

    async def approval(self, plan: str) -> Approval | None:
        """Who approved this plan, if anybody did."""
        return unpacked(Approval, await self.vault.kept(APPROVALS, plan))

    async def keep_lost(self, unit: str, state: bytes) -> None:
        """Keep a state that its backend did not take."""
        await self.vault.keep(LOST, unit, state)

    async def lost(self, unit: str) -> bytes | None:
        return await self.vault.kept(LOST, unit)

    async def every_lost(self) -> dict[str, bytes]:
        """By unit what is kept."""
        found = {one: await self.vault.kept(LOST, one) for one in await self.vault.names(LOST)}
        return {one: state for one, state in sorted(found.items()) if state is not None}

    async def drop_lost(self, unit: str) -> None:
        await self.vault.drop(LOST, unit)

    async def keep_span(self, span: Span) -> None:
        """In place of what was planned up to this commit before."""
        await self.vault.keep(SPANS, span.head, span.packed())

    async def keep_beside(self, span: Span) -> Span:
        """Beside what was planned of other units of this range before."""
        return await self._changed(span.head, span.beside)

    async def noted(self, span: Span, entry: Entry) -> Span:
        """The range with what became of one unit; somebody may have planned other units of it
        meanwhile."""

        def after(known: Span | None) -> Span:
            return (known if known and known.base == span.base else span).with_entry(entry)

        return await self._changed(span.head, after)

    async def _changed(self, head: str, change: Callable[[Span | None], Span]) -> Span:
        """In one transaction: plans and applies write one range at the same time."""

        def packed(known: bytes | None) -> bytes:
            return change(unpacked(Span, known)).packed()

        kept = unpacked(Span, await self.vault.change(SPANS, head, packed))
        assert kept is not None
        return kept

    async def span(self, head: str) -> Span | None:
        """What was planned up to this commit."""
        return unpacked(Span, await self.vault.kept(SPANS, head))

    async def heads(self) -> tuple[str, ...]:
        """The commits up to which something was planned, the oldest first."""
        return await self.vault.names(SPANS)

    async def trim(self, head: str) -> None:
        """Forget the oldest plans, where there are too many, and what is said of long gone ones.
        What the range up to `head` names stays, however much that is: somebody was just shown it.
        """
        for room, kept in KEPT.items():
            names: Sequence[str] = await self.vault.names(room)
            if len(names) > kept:
                span = await self.span(head)
                named = {one.plan for one in span.entries} if span else set()
                old = names[: len(names) - kept]
                gone = [one for one in old if one.split(" ", 1)[0] not in named]
                await self.vault.drop(room, *gone[:AT_ONCE])


def _name(plan: str, head: str, unit: str) -> str:
    return f"{plan} {head} {unit}"


def _some(names: Iterable[str], most: int = 5) -> str:
    """Saved plans as one tells them apart, the newest first."""
    every = [name.split(" ", 2) for name in names][::-1]
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(f"{plan} ({unit})" for plan, _, unit in every[:most]) + more
