"""The components that a sync deletes, in the other order than they came in: who needed one goes
before it, and of an ApplicationSet that asks for it, the last step before the one before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from trunkline.core.run import ComponentResult, Outcome
from trunkline.engine.connect import Connection
from trunkline.engine.sync.removal import Removal
from trunkline.engine.sync.schedule import Key, waits_for

Due = tuple[Removal, Connection]
Delete = Callable[[Removal, Connection], Awaitable[ComponentResult]]


async def depart(
    due: Sequence[Due], delete: Delete, staying: Mapping[str, str]
) -> list[ComponentResult]:
    """Delete each when all that needed it are gone; `staying` says of ids why they stay for now."""
    after = _needed_by(due)
    loop = asyncio.get_running_loop()
    done = {key: loop.create_future() for key in after}

    async def one(removal: Removal, connection: Connection) -> ComponentResult:
        key = removal.id, removal.cluster
        try:
            reason = staying.get(removal.id) or await _left([done[it] for it in sorted(after[key])])
            skipped = ComponentResult(*key, Outcome.SKIPPED, message=reason)
            result = skipped if reason else await delete(removal, connection)
        except BaseException as error:
            done[key].set_result(ComponentResult(*key, Outcome.FAILED, message=str(error)))
            raise
        done[key].set_result(result)
        return result

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(*each), name=f"end of {each[0].id}") for each in due]
    return [task.result() for task in tasks]


async def _left(before: Sequence[asyncio.Future[ComponentResult]]) -> str:
    """What is still there of those that go before; "" for nothing."""
    for future in before:
        result = await asyncio.shield(future)
        if result.outcome is not Outcome.SUCCEEDED:
            return f"waits for the end of {result.id}, which {result.outcome.told}"
    return ""


def _needed_by(due: Sequence[Due]) -> Mapping[Key, frozenset[Key]]:
    """For each those that waited for it when they came."""
    known = {(one.id, one.cluster): one.former for one, _ in due if one.former}
    line = ((former, cluster) for (_, cluster), former in known.items())
    came = waits_for(line, _steps([one for one, _ in due if one.former]))
    found: dict[Key, set[Key]] = {(one.id, one.cluster): set() for one, _ in due}
    for key, earlier in came.items():
        for other in earlier:
            found[other].add(key)
    return {key: frozenset(keys) for key, keys in found.items()}


def _steps(removals: Sequence[Removal]) -> Mapping[Key, frozenset[Key]]:
    """For each member of an ApplicationSet that goes in reverse, those of its earlier steps."""
    members = [(one.step, (one.id, one.cluster)) for one in removals if one.step]
    return {
        key: frozenset(other for earlier, other in members if earlier.comes_before(step))
        for step, key in members
    }
