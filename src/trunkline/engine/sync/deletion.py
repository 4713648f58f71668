"""Deleting what a removed component left behind, in the reverse of the order it came in.

Its PreDelete hooks run before and must succeed, its PostDelete hooks when all is gone.
"""

from __future__ import annotations

from trunkline.core.diff import Masker
from trunkline.core.event import ComponentStarted, Listener, Waiting
from trunkline.core.hooks import Phase
from trunkline.core.manifest import Ref
from trunkline.core.order import ordered, tasks_of
from trunkline.core.run import ComponentResult, Outcome, Step
from trunkline.engine.connect import Connection
from trunkline.engine.sync.component import How
from trunkline.engine.sync.hooks import HookRunner
from trunkline.engine.sync.kept import kept_by_now
from trunkline.engine.sync.removal import Removal
from trunkline.engine.sync.wait import until_gone
from trunkline.engine.sync.writes import Place, Writer

PHASE = "Delete"


async def delete_component(
    removal: Removal, connection: Connection, how: How, listener: Listener
) -> ComponentResult:
    """Delete the objects of a removed component. Raises Unreachable, Forbidden."""
    connection = connection.acting_as(removal.acts_as)
    listener(ComponentStarted(removal.id, removal.cluster, len(removal.objects)))
    deletion = _Deletion(removal, connection, how, listener)
    for act in (deletion.before, deletion.objects, deletion.after):
        await act()
        if deletion.message:
            break
    return ComponentResult(
        removal.id,
        removal.cluster,
        Outcome.FAILED if deletion.message else Outcome.SUCCEEDED,
        message=deletion.message,
        steps=tuple(deletion.steps),
    )


def left_nothing(removal: Removal, result: ComponentResult) -> bool:
    """Whether the component may be forgotten: what stays may go another time, and has to be found
    then.
    """
    held = any(one.outcome is Outcome.SKIPPED for one in result.steps)
    return result.outcome is Outcome.SUCCEEDED and not (removal.kept or held)


class _Deletion:
    """One deletion: what was done so far, and the message of what went wrong."""

    def __init__(
        self, removal: Removal, connection: Connection, how: How, listener: Listener
    ) -> None:
        self._removal = removal
        self._connection = connection
        self._how = how
        self._listener = listener
        self._writer = Writer(
            connection.client,
            connection.live,
            removal.id,
            dry_run=how.dry_run,
            listener=listener,
            scrub=Masker.of([*removal.objects, *removal.hooks]).text,
        )
        self.steps: list[Step] = []

    @property
    def message(self) -> str:
        """What went wrong first, "" for nothing."""
        bad = (one for one in self.steps if one.outcome is Outcome.FAILED)
        return next((f"{one.ref}: {one.message}" for one in bad), "")

    async def before(self) -> None:
        await self._hooks(Phase.PRE_DELETE)

    async def after(self) -> None:
        await self._hooks(Phase.POST_DELETE)

    async def objects(self) -> None:
        """Delete, the last first, and wait until all are gone."""
        removal, place, deleted = self._removal, Place(PHASE, 0), []
        client, live = self._connection.client, self._connection.live
        options = removal.former.policy.options if removal.former else {}
        for one in ordered((), (), removal.objects).last:
            reason = await kept_by_now(client, one, removal.id, options, deleting_component=True)
            if reason:
                self.steps.append(self._writer.left(one, place, reason, verb="delete"))
                continue
            deleted.append(one)
            step = await self._writer.delete(
                one, place, propagation=removal.propagation, verb="delete"
            )
            self.steps.append(step)
        if self.message or self._how.dry_run:
            return
        for ref in await until_gone(client, live, deleted, timeout=self._how.wave_timeout):
            said = "it is still there: a finalizer holds it"
            self.steps.append(self._writer.told("delete", ref, place, Outcome.FAILED, said))

    async def _hooks(self, phase: Phase) -> None:
        client, live = self._connection.client, self._connection.live
        runner = HookRunner(client, live, self._writer, self._how.wave_timeout, self._waiting)
        for wave in ordered(tasks_of(self._removal.hooks, first=False)).of(phase):
            place = Place(phase, wave.number)
            hooks = [task.manifest for task in wave.tasks]
            started = [await runner.start(one, place) for one in hooks]
            self.steps += [one for one in started if one]
            if self.message or self._how.dry_run:
                return
            self.steps += await runner.finish(hooks, place)
            if self.message:
                return

    def _waiting(self, ref: Ref, message: str) -> None:
        said = self._writer.scrubbed(message)
        self._listener(Waiting(self._removal.id, self._removal.cluster, ref, said))
