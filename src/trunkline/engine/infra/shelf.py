"""Saved plans on their shelf: sealed in the store's vault, each with what it is bound to.

A plan file holds the state and every variable in clear, so that nothing of it lies anywhere else.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from trunkline.core.infra.plan.values import UnitPlan
from trunkline.core.trouble import Trouble

ROOM = "infra-plans"
APPROVALS = "infra-approvals"
KEPT = 500


class Vault(Protocol):
    """What keeps small secrets by room and name (`edge/store/vault.py`)."""

    async def keep(self, room: str, name: str, value: bytes) -> None: ...

    async def kept(self, room: str, name: str) -> bytes | None: ...

    async def names(self, room: str) -> tuple[str, ...]: ...

    async def drop(self, room: str, *names: str) -> None: ...


class UnknownPlan(Trouble):
    """No saved plan has this id."""


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """`base` and `head` are the commits between which it was planned, `commit` that of its code:
    the base's for what is removed.
    """

    id: str
    unit: str
    base: str
    head: str
    commit: str
    how: str
    program: str
    serial: int
    lineage: str
    shape: str
    created: float
    destroys: int
    loses: int
    changes: int
    file: bytes = field(default=b"", repr=False)

    def packed(self) -> bytes:
        said = {name: getattr(self, name) for name in self.__slots__ if name != "file"}
        return json.dumps({**said, "file": base64.b64encode(self.file).decode()}).encode()

    @classmethod
    def unpacked(cls, data: bytes) -> SavedPlan:
        said: dict[str, Any] = json.loads(data)
        return cls(**{**said, "file": base64.b64decode(said["file"])})


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved which plan; `shape` is the plan's, so that the same done anew is approved."""

    plan: str
    unit: str
    shape: str
    by: str
    since: float


@dataclass(frozen=True, slots=True)
class Shelf:
    """Every method raises StoreError, KeysError."""

    vault: Vault

    async def keep(
        self, plan: UnitPlan, file: bytes, span: tuple[str, str], commit: str, loses: int = 0
    ) -> str:
        """Keep a plan in the place of the unit's older ones; its id."""
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
            time.time(),
            len(plan.destroys),
            loses,
            len(plan.changes),
            file,
        )
        await self.vault.keep(ROOM, _name(saved.id, span[1], plan.unit), saved.packed())
        await self._trim()
        return saved.id

    async def of(self, head: str) -> list[SavedPlan]:
        """The newest plan of each unit that was planned up to this commit."""
        found: dict[str, SavedPlan] = {}
        for name in await self.vault.names(ROOM):
            if name.split(" ")[1] == head and (data := await self.vault.kept(ROOM, name)):
                one = SavedPlan.unpacked(data)
                found[one.unit] = one
        return [found[unit] for unit in sorted(found)]

    async def named(self, prefix: str) -> SavedPlan:
        """The plan whose id begins so. Raises UnknownPlan."""
        names = [name for name in await self.vault.names(ROOM) if name.startswith(prefix)]
        data = await self.vault.kept(ROOM, names[-1]) if prefix and names else None
        if data is None:
            raise UnknownPlan(
                f"no saved plan is called {prefix!r}",
                remedy="trunkline infra plan BASE..HEAD makes plans and names them",
            )
        return SavedPlan.unpacked(data)

    async def drop(self, *plans: SavedPlan) -> None:
        await self.vault.drop(ROOM, *(_name(one.id, one.head, one.unit) for one in plans))

    async def approve(self, plan: SavedPlan, by: str) -> Approval:
        found = Approval(plan.id, plan.unit, plan.shape, by, time.time())
        said = {name: getattr(found, name) for name in found.__slots__}
        await self.vault.keep(APPROVALS, plan.id, json.dumps(said).encode())
        return found

    async def approvals(self) -> list[Approval]:
        found = [
            data
            for name in await self.vault.names(APPROVALS)
            if (data := await self.vault.kept(APPROVALS, name))
        ]
        return [Approval(**json.loads(one)) for one in found]

    async def _trim(self) -> None:
        names: Sequence[str] = await self.vault.names(ROOM)
        if len(names) > KEPT:
            await self.vault.drop(ROOM, *names[: len(names) - KEPT])


def _name(plan: str, head: str, unit: str) -> str:
    return f"{plan} {head} {unit}"
