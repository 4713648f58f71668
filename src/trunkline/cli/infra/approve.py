"""`trunkline infra approve`: a person's word on exactly one plan."""

from __future__ import annotations

from typing import Annotated

import typer

from trunkline.app.infra_apply import ApplyApp
from trunkline.cli.console import err, escape, out
from trunkline.cli.options import AsText, Debug, Output, Repo
from trunkline.cli.plain import write_json
from trunkline.cli.running import opened, run

PlanId = Annotated[str, typer.Argument(metavar="PLAN", help="As infra plan names it.")]


def approve(
    plan: PlanId, repo: Repo = ".", output: AsText = Output.TEXT, debug: Debug = False
) -> None:
    """Approve a plan. Another plan of the same unit is approved by it only if it does no more.

    Example: trunkline infra approve 4f1d2c9a7b30
    """
    run(_approve(plan, repo, output), debug=debug)


async def _approve(plan: str, repo: str, output: Output) -> None:
    async with opened(ApplyApp, repo) as (app, progress):
        found = await app.approve(plan)
        progress.stop()
    if output is Output.JSON:
        said = {"plan": found.plan, "unit": found.unit, "by": found.by, "since": found.since}
        write_json(said)
        return
    out().print(
        f"[good]✓[/] {escape(found.unit)}: plan {found.plan} approved by {escape(found.by)}"
    )
    err().print("[soft]→ trunkline infra resume applies it[/]")
