"""What a watch says: each event as one line for people, and as one JSON object for programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trunkline.core import event
from trunkline.core.finding import Severity, told_once
from trunkline.core.report.paint import Paint, safe
from trunkline.core.run import Outcome
from trunkline.core.status import ComponentStatus

Json = dict[str, Any]

ARRIVED, GOING, HELD, BAD, WAITING = (
    ("✓", "good"),
    ("●", "place"),
    ("‖", "held"),
    ("!", "bad"),
    ("○", "soft"),
)

# So many components are named in a line.
FEW = 5

OUTCOMES = {
    Outcome.SUCCEEDED: ARRIVED,
    Outcome.FAILED: BAD,
    Outcome.SKIPPED: HELD,
    Outcome.CANCELLED: HELD,
    Outcome.RUNNING: GOING,
}


def event_json(one: event.Event) -> Json:
    """`event` is its name, the rest its fields."""
    return JSON[type(one)](one)


def event_text(one: event.Event, paint: Paint) -> str:
    """One line, "" for what only a picture shows."""
    told = TEXT.get(type(one))
    return told(one, paint) if told else ""


def stands(status: ComponentStatus) -> tuple[str, str]:
    """The sign and style of how a component stands."""
    if status.sync in ("Unknown", "Orphaned"):
        return WAITING
    if status.health == "Degraded":
        return BAD
    if status.sync == "Synced":
        return {"Healthy": ARRIVED, "Suspended": HELD}.get(status.health, GOING)
    return HELD if status.message else GOING


def lasted(seconds: float) -> str:
    """`40 s`, `12 min`, `3 h`."""
    for size, word in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {word}"
    return f"{seconds:.0f} s"


def _line(sign: tuple[str, str], paint: Paint, *words: str) -> str:
    return " ".join([paint(sign[1], sign[0]), *(word for word in words if word)])


def _place(component: str, cluster: str, paint: Paint) -> str:
    return f"{paint('soft', safe(cluster))} {paint('strong', safe(component))}"


def _commit(one: event.CommitSeen, paint: Paint) -> str:
    what = f"{_many(one.components, 'component')} in {', '.join(one.clusters) or 'no cluster'}"
    said = f"{safe(one.subject)}  {paint('soft', f'{safe(one.author)}; {what}')}"
    lines = [_line(GOING, paint, paint("held", one.commit[:8]), said)]
    for found, others in told_once(one.fresh):
        also = f"  = {others} more alike" if others else ""
        place = paint("soft", safe(found.place)) if found.place else ""
        sign = BAD if found.severity is Severity.ERROR else HELD
        lines.append("  " + _line(sign, paint, place, safe(found.said) + paint("soft", also)))
    return "\n".join(lines)


def _refused(one: event.CommitRefused, paint: Paint) -> str:
    stays = f"the branch stays at {one.commit[:8]}: " if one.commit else ""
    return _line(BAD, paint, stays + safe(one.message))


def _down(one: event.ClusterDown, paint: Paint) -> str:
    return _line(BAD, paint, paint("soft", safe(one.cluster)), safe(one.message))


def _up(one: event.ClusterUp, paint: Paint) -> str:
    said = f"answers{' again' if one.since else ''}: {_many(one.objects, 'object')} of ours"
    return _line(ARRIVED, paint, paint("soft", safe(one.cluster)), said)


def _drifted(one: event.Drifted, paint: Paint) -> str:
    by = f" by {safe(one.writer)}" if one.writer and not one.gone else ""
    where = f" ({safe(one.field)})" if one.field else ""
    what = "is gone" if one.gone else f"was changed{by}{where}"
    return _line(GOING, paint, _place(one.id, one.cluster, paint), f"{safe(str(one.ref))} {what}")


def _fighting(one: event.Fighting, paint: Paint) -> str:
    who = safe(one.writer) or "somebody"
    where = f" ({safe(one.field)})" if one.field else ""
    said = (
        f"{who} undoes {safe(str(one.ref))}{where} again and again: healed {one.times} times, "
        f"left be for {lasted(one.seconds)}"
    )
    return _line(HELD, paint, _place(one.id, one.cluster, paint), said)


def _held(one: event.HeldBack, paint: Paint) -> str:
    return _line(HELD, paint, f"{_few(one.components, paint)}: {safe(one.reason)}")


def _let_go(one: event.LetGo, paint: Paint) -> str:
    said = "may go on: what was waited for is applied"
    return _line(GOING, paint, _few(one.components, paint), said)


def _few(components: Sequence[str], paint: Paint) -> str:
    names = ", ".join(components[:FEW])
    more = f" and {len(components) - FEW} more" if len(components) > FEW else ""
    return f"{paint('strong', safe(names))}{more}"


def _step(one: event.StepDone, paint: Paint) -> str:
    step = one.step
    said = f"{step.verb} {safe(str(step.ref))}"
    message = paint("bad", safe(step.message)) if step.message else ""
    place = _place(step.component, step.cluster, paint)
    return _line(OUTCOMES[step.outcome], paint, place, said, message)


def _done(one: event.ComponentDone, paint: Paint) -> str:
    """What went well is told by its status."""
    result = one.result
    if result.outcome is Outcome.SUCCEEDED:
        return ""
    place = _place(result.id, result.cluster, paint)
    return _line(
        OUTCOMES[result.outcome], paint, place, f"{result.outcome}: {safe(result.message)}"
    )


def _status(one: event.StatusSeen, paint: Paint) -> str:
    status = one.status
    said = " ".join(word for word in (status.sync, status.health) if word)
    message = paint("soft", safe(status.message)) if status.message else ""
    place = _place(status.id, status.cluster, paint)
    return _line(stands(status), paint, place, said, message)


def _ended(one: event.RunEnded, paint: Paint) -> str:
    run = one.run
    steps = sum(len(part.steps) for part in run.components)
    said = f"run {run.id}: {_many(steps, 'step')} in {run.ended - run.started:.1f} s"
    return _line(OUTCOMES[run.outcome], paint, paint("soft", said))


def _unrecorded(one: event.Unrecorded, paint: Paint) -> str:
    return _line(BAD, paint, f"what is done is not recorded: {safe(one.message)}")


def _troubled(one: event.Troubled, paint: Paint) -> str:
    said = f"{safe(one.task)} failed, and is started again: {safe(one.message)}"
    return _line(BAD, paint, said)


def _many(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


TEXT: Mapping[type, Callable[[Any, Paint], str]] = {
    event.CommitSeen: _commit,
    event.CommitRefused: _refused,
    event.ClusterDown: _down,
    event.ClusterUp: _up,
    event.Drifted: _drifted,
    event.Fighting: _fighting,
    event.HeldBack: _held,
    event.LetGo: _let_go,
    event.StepDone: _step,
    event.ComponentDone: _done,
    event.StatusSeen: _status,
    event.RunEnded: _ended,
    event.Unrecorded: _unrecorded,
    event.Troubled: _troubled,
}

JSON: Mapping[type, Callable[[Any], Json]] = {
    event.Progress: lambda one: {
        "event": "progress",
        "activity": one.activity,
        "done": one.done,
        "total": one.total,
    },
    event.RunStarted: lambda one: {
        "event": "run-started",
        "run": one.run.id,
        "commit": one.run.commit,
    },
    event.ComponentStarted: lambda one: {
        "event": "component-started",
        "component": one.id,
        "cluster": one.cluster,
        "objects": one.objects,
    },
    event.StepDone: lambda one: {"event": "step", **one.step.as_json()},
    event.Waiting: lambda one: {
        "event": "waiting",
        "component": one.id,
        "cluster": one.cluster,
        "ref": one.ref.as_json() if one.ref else None,
        "message": one.message,
    },
    event.ComponentDone: lambda one: {"event": "component-done", **one.result.as_json()},
    event.ClusterDown: lambda one: {
        "event": "cluster-down",
        "cluster": one.cluster,
        "message": one.message,
        "since": one.since,
    },
    event.ClusterUp: lambda one: {
        "event": "cluster-up",
        "cluster": one.cluster,
        "since": one.since,
        "kinds": one.kinds,
        "objects": one.objects,
    },
    event.RunEnded: lambda one: {
        "event": "run-ended",
        "run": one.run.id,
        "commit": one.run.commit,
        "outcome": one.run.outcome.value,
        "seconds": round(one.run.ended - one.run.started, 3),
    },
    event.CommitSeen: lambda one: {
        "event": "commit",
        "commit": one.commit,
        "author": one.author,
        "subject": one.subject,
        "components": one.components,
        "clusters": list(one.clusters),
        "findings": [finding.as_json() for finding in one.findings],
    },
    event.CommitRefused: lambda one: {
        "event": "commit-refused",
        "commit": one.commit,
        "message": one.message,
    },
    event.StatusSeen: lambda one: {"event": "status", **one.status.as_json()},
    event.Drifted: lambda one: {
        "event": "drift",
        "component": one.id,
        "cluster": one.cluster,
        "ref": one.ref.as_json(),
        "gone": one.gone,
        "writer": one.writer,
        "field": one.field,
    },
    event.Fighting: lambda one: {
        "event": "fight",
        "component": one.id,
        "cluster": one.cluster,
        "ref": one.ref.as_json(),
        "writer": one.writer,
        "field": one.field,
        "times": one.times,
        "seconds": one.seconds,
    },
    event.HeldBack: lambda one: {
        "event": "held",
        "components": list(one.components),
        "message": one.reason,
    },
    event.LetGo: lambda one: {"event": "let-go", "components": list(one.components)},
    event.Unrecorded: lambda one: {"event": "unrecorded", "message": one.message},
    event.Troubled: lambda one: {"event": "trouble", "task": one.task, "message": one.message},
}
