"""An apply as people find it later: in the list of runs, or cut off by a kill."""

from __future__ import annotations

import time

from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.applying import ApplyRun, Ended
from trunkline.core.run import ComponentResult, Outcome, Run

OUTCOMES = {
    Ended.APPLIED: Outcome.SUCCEEDED,
    Ended.UNCHANGED: Outcome.SUCCEEDED,
    Ended.WAITING: Outcome.SKIPPED,
    Ended.SKIPPED: Outcome.SKIPPED,
    Ended.LEFT: Outcome.SKIPPED,
    Ended.INTERRUPTED: Outcome.CANCELLED,
}


def stored(run: ApplyRun) -> Run:
    """An apply as `trunkline runs` lists it."""
    components = tuple(
        ComponentResult(one.unit, "", OUTCOMES.get(one.ended, Outcome.FAILED), message=one.message)
        for one in run.units
    )
    waits = Outcome.SKIPPED if run.waits else Outcome.SUCCEEDED
    outcome = Outcome.FAILED if run.failed else waits
    times = (run.started, run.ended)
    return Run(run.id, "infra apply", run.head, *times, outcome, run.by, components=components)


def cut_off(run: ApplyRun) -> Finding:
    """What a killed run left, as one says it before going on."""
    at = ", ".join(one.unit for one in run.units if one.ended is Ended.INTERRUPTED)
    done = ", ".join(one.unit for one in run.units if one.ended is Ended.APPLIED)
    when = time.strftime("%H:%M:%S", time.localtime(run.started))
    said = f"the run {run.id} of {run.by}, begun at {when}, was killed"
    said += f" while it applied {at}: it is planned anew from what its state says" if at else ""
    said += f"; it had applied {done}" if done else ""
    return Finding("infra-cut-off", said, severity=Severity.WARNING)
