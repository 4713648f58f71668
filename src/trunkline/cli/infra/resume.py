"""`trunkline infra resume`: go on with an apply at what it has not done."""

from __future__ import annotations

from typing import Annotated

import typer

from trunkline.cli.infra.apply import show
from trunkline.cli.options import AsText, Debug, Output, Repo
from trunkline.cli.running import opened, run
from trunkline.infra_apply import ApplyApp

RunId = Annotated[str, typer.Argument(metavar="[RUN]", help="The run; else the newest.")]


def resume(
    run_id: RunId = "", repo: Repo = ".", output: AsText = Output.TEXT, debug: Debug = False
) -> None:
    """Go on with an apply that failed, was killed, or waited for an approval.

    Example: trunkline infra resume
    """
    run(_resume(run_id, repo, output), debug=debug)


async def _resume(run_id: str, repo: str, output: Output) -> int:
    async with opened(ApplyApp, repo) as (app, progress):
        found = await app.resume(run_id)
        progress.stop()
    return show(found, output)
