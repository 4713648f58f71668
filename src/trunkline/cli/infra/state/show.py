"""`trunkline infra state show`: the resources and outputs of a state, secrets hidden."""

from __future__ import annotations

from typing import Annotated

import orjson
import typer

from trunkline.cli.console import escape, out
from trunkline.cli.infra.state.opening import Unit, parsed, states
from trunkline.cli.options import AsText, Debug, Output, Repo
from trunkline.cli.plain import write_json
from trunkline.cli.running import run
from trunkline.core.infra.state.head import StateHead
from trunkline.core.infra.state.view import Things

LONGEST = 100
Version = Annotated[int, typer.Option("--version", metavar="N", min=0, help="Else the newest.")]


def show_(
    unit: Unit,
    version: Version = 0,
    repo: Repo = ".",
    output: AsText = Output.TEXT,
    debug: Debug = False,
) -> None:
    """Show the resources and outputs of a unit's state; what is secret is never shown.

    Example: trunkline infra state show infra/live/eu/rds --version 3
    """
    run(_show(unit, version, repo, output), debug=debug)


async def _show(unit: str, version: int, repo: str, output: Output) -> None:
    async with states(repo) as store:
        head, things = await parsed(store, unit, version)
    if output is Output.JSON:
        shown = {
            address: {path: leaf.as_json() for path, leaf in leaves.items()}
            for address, leaves in things.items()
        }
        write_json({**head.as_json(), "things": shown})
    else:
        _print(head, things)


def _print(head: StateHead, things: Things) -> None:
    console = out()
    said = f"serial {head.serial}, lineage {head.lineage}"
    if head.encrypted:
        console.print(f"[soft]{escape(said)}: encrypted by OpenTofu, so nothing can be shown[/]")
        return
    for address, leaves in things.items():
        console.print(escape(address))
        for path, leaf in leaves.items():
            console.print(f"  [soft]{escape(path)}[/] = {escape(text_of(leaf.shown))}")
    console.print(f"[soft]{escape(said)}, written by version {escape(head.program)}[/]")


def text_of(value: object) -> str:
    """A value in one line, a long one cut."""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    line = text.replace("\n", "⏎")
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}… ({len(line)} characters)"
