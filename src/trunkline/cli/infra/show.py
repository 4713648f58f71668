"""`trunkline infra show`: a saved plan, for whoever is asked to approve it."""

from __future__ import annotations

from typing import Annotated

import typer

from trunkline.app.infra import InfraApp
from trunkline.cli.console import err
from trunkline.cli.options import AsText, Debug, Output, Repo
from trunkline.cli.plain import write, write_json
from trunkline.cli.running import opened, run

PlanId = Annotated[str, typer.Argument(metavar="PLAN", help="As infra plan or apply names it.")]


def show(
    plan: PlanId, repo: Repo = ".", output: AsText = Output.TEXT, debug: Debug = False
) -> None:
    """Show a saved plan whole: each resource with every attribute, masked.

    Example: trunkline infra show 4f1d2c9a7b30
    """
    run(_show(plan, repo, output), debug=debug)


async def _show(plan: str, repo: str, output: Output) -> None:
    async with opened(InfraApp, repo) as (app, progress):
        found = await app.saved_plan(plan)
        progress.stop()
    if output is Output.JSON:
        write_json(dict(found.said))
        return
    write(found.text)
    err().print(f"[soft]→ trunkline infra approve {found.id}[/]")
