"""`trunkline infra state restore`: an old version becomes the newest again."""

from __future__ import annotations

from typing import Annotated

import typer

from trunkline.cli.console import escape, out
from trunkline.cli.infra.state.diff import print_difference
from trunkline.cli.infra.state.opening import Unit, moment, parsed, states
from trunkline.cli.options import AsText, Debug, Output, Repo
from trunkline.cli.plain import write_json
from trunkline.cli.running import Failure, run
from trunkline.core.infra.state.address import unit_of
from trunkline.core.infra.state.view import Things, difference
from trunkline.core.shell import word
from trunkline.edge.store import Store
from trunkline.edge.store.process import person
from trunkline.edge.store.states import Refused

Version = Annotated[int, typer.Argument(metavar="VERSION", min=1, help="Which one to restore.")]


def restore_(
    unit: Unit,
    version: Version,
    repo: Repo = ".",
    output: AsText = Output.TEXT,
    debug: Debug = False,
) -> None:
    """Make an old version of a unit's state the newest again; what it replaces stays a version.

    The next plan says what the code makes of it.

    Example: trunkline infra state restore infra/live/eu/rds 3
    """
    run(_restore(unit, version, repo, output), debug=debug)


async def _restore(unit: str, version: int, repo: str, output: Output) -> None:
    async with states(repo) as store:
        before = await _newest(store, unit)
        outcome = await store.states.restore(unit_of(unit), version, person())
        if isinstance(outcome, Refused):
            raise _failure(unit, outcome)
        _, after = await parsed(store, unit, 0)
    if output is Output.JSON:
        write_json(outcome.version.as_json())
        return
    print_difference(difference(before, after))
    head = outcome.version.head
    said = f"version {version} is now version {outcome.version.version}, serial {head.serial}"
    out().print(f"[good]✓[/] {escape(unit)}: {said}")


async def _newest(store: Store, unit: str) -> Things:
    there = await store.states.read(unit_of(unit))
    return (await parsed(store, unit, 0))[1] if there is not None else {}


def _failure(unit: str, why: Refused) -> Failure:
    if why.holder is None:
        return Failure(why.message, why.remedy or f"trunkline infra state list {word(unit)}")
    held = f"{unit} is locked by {why.holder.who or why.holder.by} since {moment(why.holder.since)}"
    return Failure(held, f"wait for it, or: trunkline infra state lock {word(unit)} --release")
