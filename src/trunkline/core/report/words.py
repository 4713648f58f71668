"""What is said of a change, in words: the same on every page."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.core.change import Cause, Change, ComponentPlan, Why
from trunkline.core.diff import MASK
from trunkline.core.groups import Group
from trunkline.core.manifest import Ref
from trunkline.core.report.importance import many


def reason(change: Change, part: ComponentPlan) -> str:
    """Why, or where from and where to."""
    if move := change.moved_from:
        of = "" if move.component == part.id else f" of {move.component}"
        left = "" if move.diff else ", otherwise the same"
        if MASK in repr(change.after):
            left = ", secret values are not compared"
        return f"was {place(move.ref)}{of}: deleted there, created here{left}"
    if move := change.moved_to:
        return f"deleted here, created as {place(move.ref)} of {move.component}"
    return change.reason


def place(ref: Ref) -> str:
    return f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name


def cause_said(cause: Cause, change: Change) -> str:
    """`undelivered: 3f2a1b0c raise replicas, by Ada`; `drift by kubectl (Update) at …`."""
    every = not cause.paths or len(cause.paths) == len(change.fields)
    fields = "" if every else f": {', '.join(cause.paths)}"
    if cause.why is Why.UNDELIVERED:
        return f"undelivered: {cause.commit[:8]} {cause.subject}, by {cause.author}{fields}"
    if not cause.manager:
        # The API server notes no owner for what was removed, or scaled to zero.
        return f"drift by somebody unknown{fields}" if cause.paths else "drift: it was deleted"
    who = cause.manager
    how = f" ({cause.operation})" if cause.operation else ""
    when = f" at {cause.time}" if cause.time else ""
    return f"drift by {who}{how}{when}{fields}"


def left_out(group: Group) -> Iterator[str]:
    """What is not shown of a group, and why."""
    if told := len(group.sample.changes) - len(group.own):
        yield f"{many(told, 'more change')}, as in the larger group"
    if group.sample.spelled:
        yield f"{many(group.sample.spelled, 'field')} spelled otherwise"


def quiet(part: ComponentPlan) -> str:
    """What is to be said of a component of which nothing changes."""
    spelled = [f"{many(part.spelled, 'field')} spelled otherwise"] if part.spelled else []
    ends = f"waits for {part.waits_for}" if part.waits_for else "nothing changes"
    return "; ".join([*part.was, *spelled, ends])
