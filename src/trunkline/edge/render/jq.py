"""The door to jq: each expression runs in a confined worker, and can cost only its own component.

One that runs for ever or eats memory is ended with its worker; after a few times it is not started
again for a while.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import orjson

from trunkline.core.diff.jqpaths import BadExpression, Location, Places, checked, locations
from trunkline.core.manifest import Manifest
from trunkline.core.rendering import RenderError
from trunkline.edge.render.limits import MIB, Limits
from trunkline.edge.render.pool import Crashed, Pool, TookTooLong
from trunkline.edge.render.wire import Job

LIMITS = Limits(memory=256 * MIB, output=16 * MIB, seconds=3.0)
WORKERS = 2
ENDINGS, REST = 2, 60.0

Known = Mapping[tuple[bytes, str], tuple[Location, ...]]


@dataclass(slots=True)
class JqPaths:
    """Runs expressions. One per process is enough; close it at the end."""

    limits: Limits = LIMITS
    _pool: Pool = field(init=False)
    _endings: dict[str, int] = field(default_factory=dict)
    _resting: dict[str, tuple[float, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._pool = Pool(WORKERS, self.limits)

    async def places(self, asked: Iterable[tuple[Manifest, str]]) -> Places:
        """What the expressions name in the objects. Raises BadExpression."""
        objects: dict[str, list[bytes]] = {}
        for manifest, expression in asked:
            objects.setdefault(checked(expression), []).append(_json(manifest))
        known = {
            (data, expression): places
            for expression, some in objects.items()
            for data, places in (await self._located(expression, some)).items()
        }

        def found(manifest: Manifest, expression: str) -> Iterable[Location]:
            return known[_json(manifest), expression]

        return found

    async def close(self) -> None:
        await self._pool.close()

    async def _located(
        self, expression: str, objects: list[bytes]
    ) -> dict[bytes, tuple[Location, ...]]:
        until, said = self._resting.get(expression, (0.0, ""))
        if time.monotonic() < until:
            raise BadExpression(expression, said)
        files = {str(number): data for number, data in enumerate(objects)}
        job = Job("jq", {"expression": expression}, files)
        try:
            (answers, _) = orjson.loads(await self._pool.run(lambda: job))
        except TookTooLong:
            self._end(expression, f"was ended: it ran longer than {self.limits.seconds:g} s")
        except Crashed:
            memory = self.limits.memory // MIB
            self._end(expression, f"was ended: it needs more than {memory} MiB of memory")
        except RenderError as error:
            raise BadExpression(expression, str(error)) from None
        if answers and "error" in answers[0]:
            raise BadExpression(expression, str(answers[0]["error"]))
        found = (tuple(locations(one["paths"])) for one in answers)
        return dict(zip(objects, found, strict=True))

    def _end(self, expression: str, said: str) -> None:
        self._endings[expression] = self._endings.get(expression, 0) + 1
        if self._endings[expression] >= ENDINGS:
            self._endings[expression] = 0
            self._resting[expression] = (time.monotonic() + REST, said)
        raise BadExpression(expression, said) from None


def _json(manifest: Manifest) -> bytes:
    """As JSON; what nests deeper or counts further than orjson writes is JSON all the same."""
    try:
        return orjson.dumps(manifest, option=orjson.OPT_NON_STR_KEYS)
    except (orjson.JSONEncodeError, TypeError):
        return json.dumps(manifest, default=str).encode()
