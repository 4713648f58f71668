"""What each method does to the state of a unit.

The rules are those of the programs' `http` backend: 204 for no state yet; the holder's lock with
423 (409 where a lock is to be given back); the lock's id in the query of an update; a lock that is
forced comes back with its id alone, or with an empty body, depending on the program's version.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec import Struct
from starlette.responses import Response

from trunkline.backend import answers
from trunkline.core.infra.state.lock import parse_lock
from trunkline.edge.store.states import Refused, States


class Ask(Struct, frozen=True):
    """One request, read and allowed. `by` is the token's name, `lock_id` the query's ID; `room`
    waits until so many bytes may be in memory, until the answer is sent.
    """

    unit: str
    by: str
    lock_id: str
    data: bytes
    room: Callable[[int], Awaitable[None]]


async def get(states: States, ask: Ask) -> Response:
    sealed = await states.sealed(ask.unit)
    if sealed is None:
        return answers.nothing()
    await ask.room(sealed.size)
    return answers.whole(await states.opened(sealed))


async def post(states: States, ask: Ask) -> Response:
    outcome = await states.keep(ask.unit, ask.data, ask.lock_id, ask.by)
    return answers.refused(outcome) if isinstance(outcome, Refused) else answers.done()


async def delete(states: States, ask: Ask) -> Response:
    outcome = await states.delete(ask.unit, ask.by, ask.lock_id)
    return answers.refused(outcome) if isinstance(outcome, Refused) else answers.done()


async def lock(states: States, ask: Ask) -> Response:
    wanted = parse_lock(ask.data)
    holder = await states.lock(ask.unit, wanted, ask.by)
    if holder is None:
        return answers.done()
    # Its own lock in the way: this request comes late, after the lock was given back.
    return answers.locked(holder, 409 if holder.id == wanted.id else 423)


async def unlock(states: States, ask: Ask) -> Response:
    brought = parse_lock(ask.data) if ask.data.strip() else None
    # The holder gives back what it took; `force-unlock` knows the id only, or not even that.
    forced = brought is None or not brought.who
    lock_id = brought.id if brought else ""
    holder = await states.unlock(ask.unit, lock_id, ask.by, forced=forced)
    return answers.done() if holder is None else answers.locked(holder, 409)


Verb = Callable[[States, Ask], Awaitable[Response]]

VERBS: dict[str, Verb] = {
    "GET": get,
    "HEAD": get,
    "POST": post,
    "PUT": post,
    "DELETE": delete,
    "LOCK": lock,
    "UNLOCK": unlock,
}
READS = frozenset({"GET", "HEAD"})
SMALL = READS | {"DELETE", "LOCK", "UNLOCK"}
"""Methods whose body is a lock at most."""
