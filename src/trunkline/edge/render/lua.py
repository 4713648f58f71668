"""The door to health rules in Lua: each runs in a confined worker, and can cost only its object.

A rule is text of a pull request. It sees one object, secrets masked, and gives one status and one
sentence; what it gives is cut to a length and cleaned of control characters. One that runs for ever
or eats memory is ended with its worker; after a few times it is not started again for a while, and
the other objects that it would judge are told so at once.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from dataclasses import dataclass, field

import orjson
from msgspec import Struct

from trunkline.core.argo.lua_rule import LuaRule
from trunkline.core.health import Health, HealthStatus
from trunkline.core.manifest import Manifest
from trunkline.core.rendering import RenderError
from trunkline.edge.render.limits import MIB, Limits
from trunkline.edge.render.pool import Crashed, Pool, TookTooLong
from trunkline.edge.render.tool_lua import OBJECT
from trunkline.edge.render.wire import Job

LIMITS = Limits(memory=256 * MIB, output=MIB, seconds=3.0)
WORKERS = 2

# A rule that was ended so often is left alone for so many seconds: one object in thousands may be
# to blame, or the machine was busy; but a rule that never ends must not be waited for every time.
ENDINGS, REST = 3, 60.0
LONGEST = 1000

HEALTHY = Health(HealthStatus.HEALTHY)

Answer = dict[str, object]
"""What the worker found: `status` and `message`, or `error` and `line`."""

STATUSES = frozenset(one.value for one in HealthStatus)


class Judgement(Struct, frozen=True):
    """What a rule said. `failed`: it could not say, and the message tells where and why."""

    health: Health
    failed: bool = False


@dataclass(slots=True)
class LuaRules:
    """Runs rules. One per process is enough; close it at the end."""

    limits: Limits = LIMITS
    _pool: Pool = field(init=False)
    _endings: dict[LuaRule, int] = field(default_factory=lambda: defaultdict(int))
    _resting: dict[LuaRule, tuple[float, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._pool = Pool(WORKERS, self.limits)

    async def judge(self, rule: LuaRule, manifest: Manifest) -> Judgement:
        """What the rule says of an object. Never raises for what a rule does."""
        until, said = self._resting.get(rule, (0.0, ""))
        if time.monotonic() < until:
            return _failed(rule, 1, said)
        answer = await self._run(rule, {OBJECT: _json(manifest)})
        return answer if isinstance(answer, Judgement) else _read(rule, answer)

    async def mistake(self, rule: LuaRule) -> str:
        """Why the rule's text is no Lua, with its file and line; "" if it is."""
        answer = await self._run(rule, {})
        if isinstance(answer, dict):
            answer = _read(rule, answer) if answer else Judgement(HEALTHY)
        return answer.health.message if answer.failed else ""

    async def _run(self, rule: LuaRule, files: dict[str, bytes]) -> Answer | Judgement:
        job = Job("lua", {"source": rule.source}, files)
        try:
            ((answer,), _) = orjson.loads(await self._pool.run(lambda: job))
        except TookTooLong:
            return self._end(rule, f"was ended: it ran longer than {self.limits.seconds:g} s")
        except Crashed:
            memory = self.limits.memory // MIB
            said = f"was ended: it needs more than {memory} MiB of memory, or it broke Lua"
            return self._end(rule, said)
        except RenderError as error:
            return _failed(rule, 1, str(error))
        found: Answer = answer
        return found

    async def close(self) -> None:
        await self._pool.close()

    def _end(self, rule: LuaRule, said: str) -> Judgement:
        self._endings[rule] += 1
        if self._endings[rule] >= ENDINGS:
            self._endings[rule] = 0
            self._resting[rule] = (time.monotonic() + REST, said)
        return _failed(rule, 1, said)


def _json(manifest: Manifest) -> bytes:
    """As JSON; a number beyond 64 bits is one to Lua as well, though orjson writes none."""
    try:
        return orjson.dumps(manifest)
    except orjson.JSONEncodeError:
        return json.dumps(manifest, default=str).encode()


def _read(rule: LuaRule, answer: Answer) -> Judgement:
    if "error" in answer:
        line = answer.get("line")
        return _failed(rule, line if isinstance(line, int) and line else 1, str(answer["error"]))
    status, message = str(answer.get("status", "")), _clean(str(answer.get("message", "")))
    if not status and not message:
        return Judgement(Health(HealthStatus.HEALTHY, f"{rule.place()} says nothing of it"))
    if status not in STATUSES:
        known = ", ".join(HealthStatus)
        return _failed(rule, 1, f"gives the status {status!r}; known are {known}")
    return Judgement(Health(HealthStatus(status), message))


def _failed(rule: LuaRule, line: int, said: str) -> Judgement:
    return Judgement(
        Health(HealthStatus.UNKNOWN, _clean(f"health rule {rule.place(line)}: {said}")), failed=True
    )


def _clean(text: str) -> str:
    """One line that no terminal obeys."""
    printable = "".join(one if one.isprintable() else " " for one in text)
    short = " ".join(printable.split())
    return short if len(short) <= LONGEST else short[: LONGEST - 1] + "…"
