"""`trunkline runs`: what was synced, when, and how it ended."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from trunkline.app.clusters import App
from trunkline.cli.console import escape, in_colour, show_table
from trunkline.cli.findings import tell_findings
from trunkline.cli.options import AsText, Debug, Output, Repo
from trunkline.cli.plain import write, write_json
from trunkline.cli.running import Failure, opened, run
from trunkline.cli.signs import state
from trunkline.core.report.text import run_text
from trunkline.core.run import Outcome, Run

RunId = Annotated[str | None, typer.Argument(metavar="[RUN]", help="One run, whole.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="How many, the newest first.")]
Component = Annotated[str, typer.Option("--component", metavar="ID", help="Only runs of it.")]


def runs(
    run_id: RunId = None,
    component: Component = "",
    limit: Limit = 20,
    repo: Repo = ".",
    output: AsText = Output.TEXT,
    debug: Debug = False,
) -> None:
    """List the runs that are recorded on this machine, or show one.

    Example: trunkline runs --component eu-database --limit 5
    """
    run(_runs(run_id or "", component, limit, repo, output), debug=debug)


async def _runs(run_id: str, component: str, limit: int, repo: str, output: Output) -> None:
    async with opened(App, repo) as (app, progress):
        store = await app.store()
        progress.stop()
        if run_id:
            found = await store.run(run_id)
            if found is None:
                raise Failure(f"no run begins with {run_id!r}", "trunkline runs lists them")
            _show(found, output)
            return
        many = await store.runs(limit=limit, component=component)
    if output is Output.JSON:
        write_json([one.as_json() for one in many])
    else:
        headings = ("RUN", "COMMIT", "BY", "OUTCOME", "COMPONENTS", "TOOK", "WHEN")
        show_table(headings, (_row(one) for one in many))


def _show(found: Run, output: Output) -> None:
    if output is Output.JSON:
        write_json(found.as_json())
        return
    write(run_text(found, colour=in_colour()))
    tell_findings(found.findings)


def _row(one: Run) -> tuple[str, ...]:
    failed = sum(part.outcome is Outcome.FAILED for part in one.components)
    parts = f"{len(one.components)}" + (f" [bad]({failed} failed)[/]" if failed else "")
    took = f"{one.ended - one.started:.1f} s" if one.ended else ""
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(one.started))
    kind = " (dry run)" if one.dry_run else ""
    return (
        f"{one.id}{kind}",
        one.commit[:8],
        escape(one.author),
        state(one.outcome.value),
        parts,
        took,
        f"[soft]{when}[/]",
    )
