"""Runs: written as they go on, read as the values that commands and pages show.

A run that its process left unfinished is read as cancelled: nobody will ever end it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import replace
from sqlalchemy import ColumnElement, Row, delete, func, insert, or_, select

from trunkline.core.finding import Finding, Severity
from trunkline.core.manifest import Ref
from trunkline.core.run import ComponentResult, Outcome, Run, Step
from trunkline.edge.store.connection import AsyncConnection
from trunkline.edge.store.process import Process
from trunkline.edge.store.refs import columns_of, ref_of
from trunkline.edge.store.schema import run_components, runs, steps

KEPT = 500
"""How many runs are kept, the newest; older ones go when a run ends."""

DIED = "its process ended in the middle"

Key = tuple[str, str, str]
"""Run, component and cluster."""


async def save(connection: AsyncConnection, run: Run, process: Process) -> None:
    """Insert the run or replace it whole."""
    for table in (steps, run_components):
        await connection.execute(delete(table).where(table.c.run == run.id))
    await connection.execute(delete(runs).where(runs.c.id == run.id))
    await connection.execute(insert(runs), [_run_row(run, process)])
    if rows := [_component_row(run.id, at, one) for at, one in enumerate(run.components)]:
        await connection.execute(insert(run_components), rows)
    await add_steps(connection, run.id, [step for one in run.components for step in one.steps])
    if run.ended:
        await _drop_old(connection)


async def add_steps(connection: AsyncConnection, run_id: str, new: Sequence[Step]) -> None:
    """Add steps of a run that goes on."""
    if not new:
        return
    last = select(func.coalesce(func.max(steps.c.number), -1)).where(steps.c.run == run_id)
    first = (await connection.execute(last)).scalar_one() + 1
    rows = [_step_row(run_id, first + at, step) for at, step in enumerate(new)]
    await connection.execute(insert(steps), rows)


async def newest(
    connection: AsyncConnection, limit: int, component: str, cluster: str
) -> tuple[Run, ...]:
    wanted = select(runs).order_by(runs.c.started.desc(), runs.c.id.desc()).limit(limit)
    if component or cluster:
        wanted = wanted.where(_touches(component, cluster))
    return await _loaded(connection, (await connection.execute(wanted)).all())


async def named(connection: AsyncConnection, prefix: str) -> Run | None:
    """The run with this id, else the newest whose id begins so."""
    begins = func.substr(runs.c.id, 1, len(prefix)) == prefix
    by_fit = (runs.c.id == prefix).desc(), runs.c.started.desc(), runs.c.id.desc()
    wanted = select(runs).where(begins).order_by(*by_fit).limit(1)
    found = await _loaded(connection, (await connection.execute(wanted)).all())
    return found[0] if found else None


def _touches(component: str, cluster: str) -> ColumnElement[bool]:
    """Runs that have the component, or the cluster, or the one in the other."""
    tables = []
    for table in (run_components, steps):
        wanted = select(table.c.run).distinct()
        if component:
            wanted = wanted.where(table.c.component == component)
        if cluster:
            wanted = wanted.where(table.c.cluster == cluster)
        tables.append(runs.c.id.in_(wanted))
    return or_(*tables)


async def _drop_old(connection: AsyncConnection) -> None:
    by_age = select(runs.c.id).order_by(runs.c.started.desc(), runs.c.id.desc())
    old = [row.id for row in await connection.execute(by_age.offset(KEPT))]
    for table, column in ((steps, steps.c.run), (run_components, run_components.c.run)):
        if old:
            await connection.execute(delete(table).where(column.in_(old)))
    if old:
        await connection.execute(delete(runs).where(runs.c.id.in_(old)))


async def _loaded(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> tuple[Run, ...]:
    ids = [row.id for row in rows]
    done: dict[Key, list[Step]] = defaultdict(list)
    of_steps = select(steps).where(steps.c.run.in_(ids)).order_by(steps.c.run, steps.c.number)
    for row in await connection.execute(of_steps):
        done[row.run, row.component, row.cluster].append(_step(row))
    parts: dict[str, list[ComponentResult]] = defaultdict(list)
    of_parts = select(run_components).where(run_components.c.run.in_(ids))
    for row in await connection.execute(of_parts.order_by(run_components.c.number)):
        own = tuple(done.pop((row.run, row.component, row.cluster), ()))
        parts[row.run].append(_component(row, own))
    for (run, component, cluster), own_steps in done.items():
        going = ComponentResult(component, cluster, Outcome.RUNNING, steps=tuple(own_steps))
        parts[run].append(going)
    return tuple(_run(row, parts[row.id]) for row in rows)


def _run_row(run: Run, process: Process) -> dict[str, Any]:
    return {
        "id": run.id,
        "kind": run.kind,
        "revision": run.commit,
        "author": run.author,
        "dry_run": run.dry_run,
        "started": run.started,
        "ended": run.ended,
        "outcome": run.outcome.value,
        "findings": _findings(run),
        "process": str(process),
    }


def _component_row(run_id: str, number: int, one: ComponentResult) -> dict[str, Any]:
    return {
        "run": run_id,
        "number": number,
        "component": one.id,
        "cluster": one.cluster,
        "outcome": one.outcome.value,
        "health": one.health,
        "message": kept_text(one.message),
        "unchanged": one.unchanged,
    }


def _step_row(run_id: str, number: int, step: Step) -> dict[str, Any]:
    return {
        "run": run_id,
        "number": number,
        "component": step.component,
        "cluster": step.cluster,
        **columns_of(step.ref),
        "verb": step.verb,
        "phase": step.phase,
        "wave": step.wave,
        "outcome": step.outcome.value,
        "message": kept_text(step.message),
        "started": step.started,
        "seconds": step.seconds,
    }


def kept_text(said: str) -> str:
    """A program may say NUL, which PostgreSQL keeps in no text: its picture stands for it."""
    return said.replace("\0", "␀")


def _findings(run: Run) -> list[dict[str, Any]]:
    return [finding.as_json() for finding in run.findings]


def _run(row: Row[Any], components: Iterable[ComponentResult]) -> Run:
    outcome = Outcome(row.outcome)
    if outcome is Outcome.RUNNING and Process.parsed(row.process).is_dead:
        outcome = Outcome.CANCELLED
        components = [replace(one, outcome=outcome, message=DIED) for one in components]
    return Run(
        row.id,
        row.kind,
        row.revision,
        row.started,
        row.ended,
        outcome,
        row.author,
        row.dry_run,
        tuple(components),
        tuple(_finding(one) for one in row.findings),
    )


def _component(row: Row[Any], own: tuple[Step, ...]) -> ComponentResult:
    return ComponentResult(
        row.component,
        row.cluster,
        Outcome(row.outcome),
        row.health,
        row.message,
        row.unchanged,
        own,
    )


def _step(row: Row[Any]) -> Step:
    return Step(
        row.component,
        row.cluster,
        ref_of(row),
        row.verb,
        row.phase,
        row.wave,
        Outcome(row.outcome),
        row.message,
        row.started,
        row.seconds,
    )


def _finding(said: dict[str, Any]) -> Finding:
    ref = Ref(**said["ref"]) if said["ref"] else None
    return Finding(**{**said, "severity": Severity(said["severity"]), "ref": ref})
