"""`trunkline infra state lock`: who holds a state, and taking the lock away."""

from __future__ import annotations

from typing import Annotated

import typer

from trunkline.cli.console import escape, out
from trunkline.cli.infra.state.opening import Unit, moment, states
from trunkline.cli.options import AsText, Debug, Output, Repo
from trunkline.cli.plain import write_json
from trunkline.cli.running import Failure, run
from trunkline.core.infra.state.address import unit_of
from trunkline.core.infra.state.lock import LockInfo
from trunkline.core.shell import word
from trunkline.edge.store.process import person

Release = Annotated[
    str, typer.Option("--release", metavar="LOCK-ID", help="Take this lock away from its holder.")
]


def lock_(
    unit: Unit,
    release: Release = "",
    repo: Repo = ".",
    output: AsText = Output.TEXT,
    debug: Debug = False,
) -> None:
    """Show who holds the lock of a unit's state, or take it away from a run that is dead.

    Example: trunkline infra state lock infra/live/eu/rds --release 7c7a2c5e-4cf9-…
    """
    run(_lock(unit, release, repo, output), debug=debug)


async def _lock(unit: str, release: str, repo: str, output: Output) -> None:
    async with states(repo) as store:
        units = {one.unit: one for one in await store.states.units()}
        found = units.get(unit_of(unit))
        holder = found.lock if found else None
        if release:
            await _released(holder, release, unit)
            await store.states.unlock(unit, release, person(), forced=True)
    if output is Output.JSON:
        write_json({"unit": unit, "lock": _json(holder), "released": bool(release)})
    elif holder is None:
        out().print(f"[good]✓[/] {escape(unit)} is not locked")
    elif release:
        out().print(f"[good]✓[/] {escape(unit)}: the lock of {escape(holder.who)} is gone")
    else:
        out().print(f"[held]‖[/] {escape(unit)} is locked: {_said(holder)}")
        command = f"trunkline infra state lock {word(unit)} --release {word(holder.id)}"
        out().print(f"  [soft]→ {escape(command)}[/]")


async def _released(holder: LockInfo | None, release: str, unit: str) -> None:
    if holder is None:
        raise Failure(f"{unit} is not locked")
    if holder.id != release:
        raise Failure(
            f"{unit} is locked by another lock: {_said(holder)}",
            f"look whether that run is dead, then: --release {holder.id}",
        )


def _json(holder: LockInfo | None) -> object:
    return holder.as_json() if holder else None


def _said(holder: LockInfo) -> str:
    what = f" ({escape(holder.operation)})" if holder.operation else ""
    by = f", token {escape(holder.by)}"
    return f"{escape(holder.who or holder.id)}{what} since {moment(holder.since)}{by}"
