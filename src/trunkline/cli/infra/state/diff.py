"""`trunkline infra state diff`: what one version of a state has that another has not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from trunkline.cli.console import escape, out
from trunkline.cli.infra.state.opening import Unit, parsed, states
from trunkline.cli.infra.state.show import text_of
from trunkline.cli.options import AsText, Debug, Output, Repo
from trunkline.cli.plain import write_json
from trunkline.cli.running import Failure, run
from trunkline.core.infra.state.address import unit_of
from trunkline.core.infra.state.view import Difference, difference
from trunkline.edge.store import Store

STYLES = {"+": "good", "-": "bad", "~": "held"}
OLD = typer.Argument(metavar="[OLD]", min=1, help="A version; the last but one if not said.")
NEW = typer.Argument(metavar="[NEW]", min=1, help="A version; the newest if not said.")


def diff_(
    unit: Unit,
    old: Annotated[int | None, OLD] = None,
    new: Annotated[int | None, NEW] = None,
    repo: Repo = ".",
    output: AsText = Output.TEXT,
    debug: Debug = False,
) -> None:
    """Show what changed between two versions of a unit's state; secrets are only said to change.

    Example: trunkline infra state diff infra/live/eu/rds 3 5
    """
    run(_diff(unit, old, new, repo, output), debug=debug)


async def _diff(unit: str, old: int | None, new: int | None, repo: str, output: Output) -> None:
    async with states(repo) as store:
        before, after = await _versions(store, unit, old, new)
        _, was = await parsed(store, unit, before)
        _, now = await parsed(store, unit, after)
    found = difference(was, now)
    if output is Output.JSON:
        changes = [one.as_json() for one in found]
        write_json({"unit": unit, "old": before, "new": after, "changes": changes})
    else:
        print_difference(found)
        said = f"{len(found)} changed" if found else "nothing changed"
        out().print(f"[soft]version {before} → {after}: {said}[/]")


async def _versions(store: Store, unit: str, old: int | None, new: int | None) -> tuple[int, int]:
    there = [one.version for one in await store.states.versions(unit_of(unit)) if one.is_there]
    if new is None:
        new = there[0] if there else 0
    if old is None:
        old = next((one for one in there if one < new), 0)
    if not old:
        raise Failure(f"{unit} has no two versions to compare", "trunkline infra state list")
    return old, new


def print_difference(found: Sequence[Difference]) -> None:
    console = out()
    for one in found:
        console.print(f"[{STYLES[one.sign]}]{one.sign}[/] {escape(one.address)}")
        for path, was, now in one.changed:
            both = f"{escape(text_of(was))} → {escape(text_of(now))}"
            console.print(f"    [soft]{escape(path)}[/]  {both}")
