"""The schemas that plans are read by: remembered, else asked of the program once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from trunkline.core.infra.planfile.locks import schema_keys
from trunkline.core.infra.planfile.schemas import Packed, schema_in, schemas_in
from trunkline.core.infra.planfile.shapes import Shape, of_block
from trunkline.core.infra.planfile.unsure import Unsure
from trunkline.edge.known_schemas import KnownSchemas


class Teller(Protocol):
    """Who prints the schemas of a unit's providers."""

    @property
    def name(self) -> str:
        """The program with its version."""

    def locks(self) -> str:
        """The lock file that the unit has now, "" for none."""

    async def schemas(self) -> str:
        """`providers schema -json`. Raises CommandFailed, ProgramError, Unsure."""


@dataclass(slots=True)
class Schemas:
    """Of all units of a run: what one of them asked for serves the others."""

    known: KnownSchemas
    _packed: dict[str, Packed] = field(default_factory=dict)
    _shapes: dict[tuple[str, str], Shape] = field(default_factory=dict)
    _refused: set[str] = field(default_factory=set)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(
        self, teller: Teller, locks: str, kinds: frozenset[tuple[str, str]]
    ) -> dict[str, dict[str, Shape]]:
        """The shapes of these kinds of providers, where the lock file `locks` says which they are.

        Raises Unsure; CommandFailed and ProgramError where the program cannot be asked.
        """
        keys = schema_keys(teller.name, locks, {one for one, _ in kinds})
        if not self._has(keys):
            async with self._turn:
                await self._learn(teller, keys)
        found: dict[str, dict[str, Shape]] = {one: {} for one in keys}
        for provider, kind in kinds:
            found[provider][kind] = self._shape(keys[provider], kind)
        return found

    def _has(self, keys: Mapping[str, str]) -> bool:
        for one in keys.values():
            if one not in self._packed and (known := self.known.read(one)) is not None:
                self._packed[one] = known
        return self._packed.keys() >= {*keys.values()}

    async def _learn(self, teller: Teller, keys: Mapping[str, str]) -> None:
        """Ask the program, where nobody did meanwhile; of one that did not say it, only once."""
        missing = {one: key for one, key in keys.items() if key not in self._packed}
        if refused := self._refused & {*missing.values()}:
            raise Unsure(f"{len(refused)} providers did not tell their schema")
        if not missing:
            return
        self._refused |= {*missing.values()}
        if schema_keys(teller.name, teller.locks(), keys) != keys:
            raise Unsure("the providers are others than those of the plan")
        try:
            printed = await asyncio.to_thread(schemas_in, await teller.schemas())
        except Unsure:
            # Next time it would be the same: that nothing can be known is known then.
            printed = {one: {} for one in missing}
        for one, key in missing.items():
            if one in printed:
                self._packed[key] = printed[one]
                self._refused.discard(key)
                await asyncio.to_thread(self.known.write, key, printed[one])

    def _shape(self, key: str, kind: str) -> Shape:
        if (key, kind) not in self._shapes:
            packed = self._packed.get(key, {}).get(kind)
            if packed is None:
                raise Unsure(f"no schema says what {kind} is")
            self._shapes[key, kind] = of_block(schema_in(packed).block)
        return self._shapes[key, kind]
