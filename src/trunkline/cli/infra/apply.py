"""`trunkline infra apply`: what was planned, and nothing else."""

from __future__ import annotations

from typing import Annotated

import typer

from trunkline.app.infra_apply import ApplyApp
from trunkline.cli.console import in_colour
from trunkline.cli.infra.asking import clusters_asked
from trunkline.cli.options import AsRun, Debug, Kubeconfig, Repo, RunOutput
from trunkline.cli.outside import APPLIED, Untrusted
from trunkline.cli.plain import write, write_json
from trunkline.cli.running import FAILED, opened, run
from trunkline.core.infra.applying import ApplyRun
from trunkline.core.report.infra_apply_markdown import apply_markdown
from trunkline.core.report.infra_apply_text import apply_text

# Something waits for a person; a script tells it from a failure.
WAITS = 2

Commit = Annotated[
    str, typer.Argument(metavar="[COMMIT]", help="Up to which it was planned; else HEAD.")
]
Only = Annotated[list[str] | None, typer.Option("--unit", metavar="ID", help="Only these units.")]


def apply(
    commit: Commit = "HEAD",
    unit: Only = None,
    repo: Repo = ".",
    kubeconfig: Kubeconfig = "",
    output: AsRun = RunOutput.TEXT,
    untrusted: Untrusted = None,
    debug: Debug = False,
) -> None:
    """Apply the saved plans of a commit range, in the order of dependencies.

    What depends on outputs of others is planned when those are there. A unit that waits for an
    Application is held until a sync has made that well; the rest goes on. Exits with 1 where
    something failed, with 2 where something waits for an approval, or for an Application.

    Example: trunkline infra apply --output markdown >> "$GITHUB_STEP_SUMMARY"
    """
    work = applied(commit, tuple(unit or ()), repo, kubeconfig, output)
    run(APPLIED.before(work, untrusted), debug=debug)


async def applied(
    commit: str, ids: tuple[str, ...], repo: str, kubeconfig: str, output: RunOutput
) -> int:
    """Apply what was planned up to a commit, and print it; the exit code."""
    async with opened(ApplyApp, repo, revision=commit) as (app, progress):
        app.ask = clusters_asked(repo, kubeconfig)
        found = await app.apply(commit, ids)
        progress.stop()
    return show(found, output)


def show(found: ApplyRun, output: RunOutput) -> int:
    """Print it; the exit code that says how it went."""
    if output is RunOutput.JSON:
        write_json(found.as_json())
    elif output is RunOutput.MARKDOWN:
        write(apply_markdown(found))
    else:
        write(apply_text(found, colour=in_colour()))
    if found.failed:
        return FAILED
    return WAITS if found.waits else 0
