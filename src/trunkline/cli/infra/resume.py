"""`trunkline infra resume`: go on with an apply at what it has not done."""

from __future__ import annotations

from typing import Annotated

import typer

from trunkline.app.infra_apply import ApplyApp
from trunkline.cli.infra.apply import applied
from trunkline.cli.options import AsRun, Debug, Kubeconfig, Repo, RunOutput
from trunkline.cli.outside import APPLIED, Untrusted
from trunkline.cli.running import opened, run

RunId = Annotated[str, typer.Argument(metavar="[RUN]", help="The run; else the newest.")]


def resume(
    run_id: RunId = "",
    repo: Repo = ".",
    kubeconfig: Kubeconfig = "",
    output: AsRun = RunOutput.TEXT,
    untrusted: Untrusted = None,
    debug: Debug = False,
) -> None:
    """Go on with an apply that failed, was killed, or waited: for an approval, an Application.

    It goes by its own commit and the policy that stands there, wherever HEAD is by now.

    Example: trunkline infra resume
    """
    work = _resume(run_id, repo, kubeconfig, output)
    run(APPLIED.before(work, untrusted), debug=debug)


async def _resume(run_id: str, repo: str, kubeconfig: str, output: RunOutput) -> int:
    async with opened(ApplyApp, repo) as (app, _):
        commit = await app.to_resume(run_id)
    return await applied(commit, (), repo, kubeconfig, output)
