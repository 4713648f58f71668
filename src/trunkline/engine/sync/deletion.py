"""Deleting what a removed component left behind, in the reverse of the order it came in."""

from __future__ import annotations

from trunkline.core.diff import Masker
from trunkline.core.event import ComponentStarted, Listener
from trunkline.core.manifest import Ref
from trunkline.core.order import ordered
from trunkline.core.run import ComponentResult, Outcome, Step
from trunkline.engine.connect import Connection
from trunkline.engine.sync.component import How
from trunkline.engine.sync.removal import Removal
from trunkline.engine.sync.wait import until_gone
from trunkline.engine.sync.writes import Place, Writer

PHASE = "Delete"


async def delete_component(
    removal: Removal, connection: Connection, how: How, listener: Listener
) -> ComponentResult:
    """Delete the objects of a removed component. Raises Unreachable."""
    listener(ComponentStarted(removal.id, removal.cluster, len(removal.objects)))
    writer = Writer(
        connection.client,
        connection.live,
        removal.id,
        dry_run=how.dry_run,
        listener=listener,
        scrub=Masker.of(removal.objects).text,
    )
    steps: list[Step] = []
    for one in ordered((), (), removal.objects).last:
        step = await writer.delete(
            one, Place(PHASE, 0), propagation=removal.propagation, verb="delete"
        )
        steps.append(step)
    message = next((f"{one.ref}: {one.message}" for one in steps if one.message), "")
    if not message and not how.dry_run:
        refs = [Ref.of(one) for one in removal.objects]
        left = await until_gone(connection.client, connection.live, refs, timeout=how.wave_timeout)
        message = f"{left[0]} is still there: a finalizer holds it" if left else ""
    outcome = Outcome.FAILED if message else Outcome.SUCCEEDED
    return ComponentResult(
        removal.id, removal.cluster, outcome, message=message, steps=tuple(steps)
    )
