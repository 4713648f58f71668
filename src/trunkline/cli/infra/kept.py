"""`trunkline infra kept`: states that their backends did not take."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from trunkline.app.infra_unlock import UnlockApp
from trunkline.cli.console import err, escape, show_table
from trunkline.cli.options import AsText, Debug, Output, Repo
from trunkline.cli.plain import write_json
from trunkline.cli.running import Failure, opened, run
from trunkline.core.infra.kept_state import KeptState

UnitId = Annotated[str, typer.Argument(metavar="[UNIT]", help="Without one, all are listed.")]
Write = Annotated[
    str, typer.Option("--write", metavar="FILE", help="Write the state there; it holds secrets.")
]
Drop = Annotated[bool, typer.Option("--drop", help="Forget it: nothing that it knows is needed.")]


def kept(
    unit: UnitId = "",
    write: Write = "",
    drop: Drop = False,
    repo: Repo = ".",
    output: AsText = Output.TEXT,
    debug: Debug = False,
) -> None:
    """List states that an apply could not hand to their backends; infra resume writes them.

    Example: trunkline infra kept infra/live/eu/rds --write kept.tfstate
    """
    if (write or drop) and not unit:
        raise typer.BadParameter("of which unit?", param_hint="UNIT")
    run(_kept(unit, write, drop, repo, output), debug=debug)


async def _kept(unit: str, file: str, drop: bool, repo: str, output: Output) -> None:
    async with opened(UnlockApp, repo) as (app, progress):
        states = await app.kept_states()
        progress.stop()
        if unit and unit not in states:
            raise Failure(
                f"no state of {unit} is kept", "trunkline infra kept lists those that are"
            )
        if file:
            _write(states[unit], file)
        if drop:
            await app.drop_kept(unit)
            err().print(f"[good]✓[/] {escape(unit)}: the kept state is forgotten")
    if not drop and not file:
        _list({one: state for one, state in states.items() if not unit or one == unit}, output)


def _write(state: bytes, file: str) -> None:
    """For its owner alone, and over nothing that is there."""
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(state)
    except OSError as error:
        raise Failure(f"{file} cannot be written: {error.strerror}", "name another file") from None
    err().print(f"[good]✓[/] {escape(file)} holds it, secrets included")


def _list(states: dict[str, bytes], output: Output) -> None:
    found = {unit: KeptState.of(state) for unit, state in states.items()}
    if output is Output.JSON:
        write_json(
            [
                {"unit": unit, "serial": one.serial, "resources": len(one.resources)}
                for unit, one in found.items()
            ]
        )
        return
    rows = ((escape(unit), str(one.serial), str(len(one.resources))) for unit, one in found.items())
    show_table(("UNIT", "SERIAL", "RESOURCES"), rows)
    said = "→ trunkline infra resume writes them" if found else "no state is kept"
    err().print(f"[soft]{said}[/]")
