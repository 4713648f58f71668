"""An apply of infrastructure as one table: what was applied, what was not, and why."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.core.infra.applying import DONE, ApplyRun, Ended, UnitResult
from trunkline.core.infra.changed import How
from trunkline.core.infra.plan.values import Verb
from trunkline.core.infra.said import first_line
from trunkline.core.report.infra_words import SAID, counted
from trunkline.core.report.paint import Paint, painter, safe
from trunkline.core.shell import word

SIGNS = {
    Ended.APPLIED: ("✓", "good"),
    Ended.UNCHANGED: ("=", "soft"),
    Ended.WAITING: ("‖", "held"),
    Ended.SKIPPED: ("‖", "held"),
    Ended.LEFT: ("·", "soft"),
    Ended.REFUSED: ("!", "bad"),
    Ended.FAILED: ("!", "bad"),
    Ended.INTERRUPTED: ("!", "bad"),
}
ERROR_LINES = 12
DID = {
    Verb.CREATE: "created",
    Verb.UPDATE: "updated",
    Verb.REPLACE: "replaced",
    Verb.DELETE: "deleted",
    Verb.MOVE: "moved",
    Verb.IMPORT: "imported",
    Verb.FORGET: "forgotten",
}


def apply_text(run: ApplyRun, *, colour: bool = False) -> str:
    paint = painter(colour)
    lines = [f"{paint('held', '‖')} {safe(one.message)}" for one in run.findings]
    width = max((len(one.unit) for one in run.units), default=0)
    for one in run.units:
        lines += _unit(one, width, paint)
    return "\n".join([*lines, paint("strong", _total(run))]) + "\n"


def _unit(one: UnitResult, width: int, paint: Paint) -> Iterator[str]:
    sign, style = SIGNS.get(one.ended, ("○", "soft"))
    what = done(one)
    took = f"  {paint('soft', f'{one.seconds:.1f} s')}" if one.ended is Ended.APPLIED else ""
    name = paint("strong", safe(one.unit)) + " " * (width - len(one.unit))
    yield f"{paint(style, sign)} {name}  {what}{took}".rstrip()
    error = one.error.splitlines()
    if one.message and (len(error) < 2 or one.message != first_line(one.error)):
        yield f"    {paint('soft', safe(one.message))}"
    for command in next_steps(one):
        yield f"    {paint('soft', '→ ' + safe(command))}"
    if len(error) > 1:
        yield from (f"    {paint('bad', safe(line))}" for line in error[:ERROR_LINES])


def done(one: UnitResult) -> str:
    """`applied: 1 created, 2 deleted`, `waiting: 1 to delete`."""
    words = DID if one.ended is Ended.APPLIED else SAID
    said = counted(dict(one.counts), words) if one.counts else ""
    return f"{one.ended.value}: {said}" if said else one.ended.value


def next_steps(one: UnitResult) -> Iterator[str]:
    """The commands with which it goes on where it waits."""
    if one.ended is Ended.WAITING:
        yield f"trunkline infra show {one.plan}"
        yield f"trunkline infra approve {one.plan}"
    if one.applications:
        named = "--prune" if one.how == How.REMOVED else " ".join(map(word, one.applications))
        yield f"trunkline sync {named}"


def summed(run: ApplyRun) -> str:
    """`2 applied, 1 waiting`; "" for nothing."""
    counts = run.counts
    return ", ".join(f"{counts[one.value]} {one.value}" for one in Ended if counts[one.value])


def _total(run: ApplyRun) -> str:
    well = all(one.ended in (*DONE, Ended.LEFT) for one in run.units)
    if not run.units:
        return f"nothing is left to apply of {run.head[:8]}"
    end = "" if well else f"; trunkline infra resume {run.id} goes on"
    return f"{summed(run)}: {run.base[:8]}..{run.head[:8]}{end}"
