"""`trunkline status`: how components stand in their clusters now."""

from __future__ import annotations

from typing import Annotated

import typer

from trunkline.app.clusters import App
from trunkline.cli.console import escape, out, show_table
from trunkline.cli.options import (
    AsText,
    Clusters,
    Debug,
    Ids,
    Kubeconfig,
    Output,
    Repo,
    Revision,
)
from trunkline.cli.outside import ASKED, Untrusted
from trunkline.cli.plain import write_json
from trunkline.cli.running import FAILED, opened, run
from trunkline.cli.signs import state
from trunkline.core.status import ComponentStatus

UNKNOWN = "Unknown"
Objects = Annotated[bool, typer.Option("--objects", help="Show every object, not only the sums.")]


def status(
    ids: Ids = None,
    cluster: Clusters = None,
    objects: Objects = False,
    repo: Repo = ".",
    revision: Revision = "",
    kubeconfig: Kubeconfig = "",
    output: AsText = Output.TEXT,
    untrusted: Untrusted = None,
    debug: Debug = False,
) -> None:
    """Show whether the clusters are equal to a commit, and how healthy they are.

    The exit code is 1 where that is not known of a component: its cluster cannot be asked, or it
    cannot be rendered. That one differs is an answer: trunkline plan --exit-code ends with 2 then.

    Example: trunkline status eu-database --objects
    """
    work = _status(ids or [], cluster or [], objects, repo, revision, kubeconfig, output)
    run(ASKED.before(work, untrusted), debug=debug)


async def _status(
    ids: list[str],
    clusters: list[str],
    objects: bool,
    repo: str,
    revision: str,
    kubeconfig: str,
    output: Output,
) -> int:
    async with opened(App, repo, kubeconfig=kubeconfig, revision=revision) as (app, progress):
        found = await app.statuses(ids, revision, clusters)
        progress.stop()
    unknown = sum(one.sync == UNKNOWN for one in found)
    if output is Output.JSON:
        write_json([one.as_json() for one in found])
    else:
        _show(found, unknown, objects=objects or bool(ids))
    return FAILED if unknown else 0


def _show(found: list[ComponentStatus], unknown: int, *, objects: bool) -> None:
    headings = ("COMPONENT", "CLUSTER", "SYNC", "HEALTH", "")
    show_table(headings, (_row(one) for one in found))
    for one in found if objects else ():
        _show_objects(one)
    equal = sum(one.sync == "Synced" for one in found)
    rest = f"; of {unknown} that is not known" if unknown else ""
    out().print(f"\n{equal} of {len(found)} are equal to [soft]{_short(found)}[/]{rest}")


def _row(one: ComponentStatus) -> tuple[str, ...]:
    return (
        escape(one.id),
        escape(one.cluster),
        state(one.sync),
        state(one.health),
        f"[soft]{escape(one.message)}[/]",
    )


def _show_objects(one: ComponentStatus) -> None:
    rows = (
        (f"  {escape(str(each.ref))}", state(each.sync), state(each.health), escape(each.message))
        for each in one.objects
    )
    out().print(f"\n[strong]{escape(one.id)}[/] in {escape(one.cluster)}")
    show_table(("  OBJECT", "SYNC", "HEALTH", ""), rows)


def _short(found: list[ComponentStatus]) -> str:
    return found[0].commit[:8] if found else "the commit"
