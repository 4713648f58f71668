"""How one unit of an apply ended, in words, and what becomes of its entry in the range."""

from __future__ import annotations

from msgspec.structs import replace

from trunkline.core.infra.applying import Ended, UnitResult
from trunkline.core.infra.changed import How
from trunkline.core.infra.plan.values import Status, UnitPlan, Verb
from trunkline.core.infra.said import first_line, lock_of, locked_words
from trunkline.core.infra.saved import Entry, SavedPlan
from trunkline.core.trouble import Trouble
from trunkline.engine.infra.directory import CommandFailed
from trunkline.engine.infra.lost import Outdated
from trunkline.engine.infra.refused import Refused


def unplanned(result: UnitResult, plan: UnitPlan) -> UnitResult:
    """How a unit ends of which no plan came."""
    if plan.status is Status.FAILED:
        error = plan.error
        return replace(result, ended=Ended.FAILED, message=first_line(error), error=error, plan="")
    if plan.status is Status.DEFERRED:
        said = f"it waits for outputs of {', '.join(plan.waits_for)}"
        return replace(result, ended=Ended.SKIPPED, message=said, plan="")
    # Who depends on it goes on, as in Terragrunt.
    said, error = plan.ignored, plan.error
    return replace(result, ended=Ended.UNCHANGED, message=said, error=error, plan="", counts={})


def after(entry: Entry, plan: UnitPlan) -> Entry:
    """What has nothing to apply is done; what failed is tried again, ignored or not."""
    return replace(entry, done=plan.status is Status.PLANNED and not plan.ignored)


def with_plan(entry: Entry, plan: SavedPlan) -> Entry:
    """The entry with a plan that was made now. What was seen stays seen, if it does no more."""
    if entry.seen and as_seen(entry, plan):
        return replace(entry, plan=plan.id)
    return replace(entry, plan=plan.id, shapes=plan.shapes, seen=False)


def as_seen(entry: Entry, plan: SavedPlan) -> bool:
    """Whether a plan does no more than what was shown. Of a new unit that had to wait nothing could
    be: what was shown is its code, and that it is new. So it may create, and touch nothing that is.
    """
    if set(plan.shapes) <= set(entry.shapes):
        return True
    is_new = entry.how == How.ADDED and entry.status == Status.DEFERRED and entry.seen
    return is_new and plan.facts.changes == plan.counts[Verb.CREATE]


def stopped(result: UnitResult, error: Trouble) -> UnitResult:
    """How a unit ends of which its program does not say why."""
    refused = isinstance(error, Refused | Outdated)
    said, remedy = str(error), f"; {error.remedy}" if error.remedy else ""
    message = f"{first_line(said)}{remedy}"
    more = said if "\n" in said else ""
    return replace(
        result, ended=Ended.REFUSED if refused else Ended.FAILED, message=message, error=more
    )


def failed(result: UnitResult, error: CommandFailed) -> UnitResult:
    said = str(error)
    lock = lock_of(f"{error.done.stderr}\n{error.done.stdout}")
    message = first_line(said)
    if lock:
        message = locked_words(result.unit, lock)
    return replace(result, ended=Ended.FAILED, message=message, error=said)
