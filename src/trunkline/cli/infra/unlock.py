"""`trunkline infra unlock`: whose locks there are, and taking one away."""

from __future__ import annotations

from typing import Annotated

import typer

from trunkline.app.infra_unlock import UnlockApp, Unlocked
from trunkline.cli.console import err, escape, out, show_table
from trunkline.cli.options import AsText, Debug, Output, Repo
from trunkline.cli.outside import UNLOCKED, Untrusted
from trunkline.cli.plain import write_json
from trunkline.cli.running import Failure, opened, run
from trunkline.engine.infra.locks import UnitLock

UnitId = Annotated[str, typer.Argument(metavar="[UNIT]", help="Without one, all locks are listed.")]
StateLock = Annotated[
    str, typer.Option("--state-lock", metavar="ID", help="Free this lock of the unit's state too.")
]


def unlock(
    unit: UnitId = "",
    state_lock: StateLock = "",
    repo: Repo = ".",
    output: AsText = Output.TEXT,
    untrusted: Untrusted = None,
    debug: Debug = False,
) -> None:
    """Free a unit whose lock nobody will free any more; who did it is recorded in trunkline runs.

    Example: trunkline infra unlock infra/live/eu/rds
    """
    work = _unlock(unit, state_lock, repo, output)
    run(UNLOCKED.before(work, untrusted) if state_lock else work, debug=debug)


async def _unlock(unit: str, state_lock: str, repo: str, output: Output) -> None:
    async with opened(UnlockApp, repo) as (app, progress):
        locks = await app.locks()
        found = await app.unlock(unit, state_lock) if unit else None
        progress.stop()
    if found is None:
        _list(locks, output)
    else:
        _tell(found, output)


def _list(locks: list[UnitLock], output: Output) -> None:
    if output is Output.JSON:
        write_json([_json(one) for one in locks])
        return
    rows = (
        (escape(one.unit), escape(one.holder), f"{one.age / 60:.0f} min", "yes" * one.dead)
        for one in locks
    )
    show_table(("UNIT", "HELD BY", "FOR", "DEAD"), rows)
    if not locks:
        err().print("[soft]no unit is locked[/]")


def _tell(found: Unlocked, output: Output) -> None:
    if output is Output.JSON:
        lock = _json(found.lock) if found.lock else None
        write_json({"unit": found.unit, "lock": lock, "stateLock": found.state_lock})
        return
    if not found.lock and not found.state_lock:
        raise Failure(f"{found.unit} is not locked", "trunkline infra unlock lists what is")
    if found.lock:
        out().print(f"[good]✓[/] {escape(found.unit)}: taken from {escape(found.lock.holder)}")
    if found.state_lock:
        out().print(f"[good]✓[/] {escape(found.unit)}: its state's lock is gone")


def _json(one: UnitLock) -> dict[str, object]:
    return {"unit": one.unit, "holder": one.holder, "since": one.since, "dead": one.dead}
