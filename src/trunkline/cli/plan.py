"""`trunkline plan`: what a commit changes, in which cluster."""

from __future__ import annotations

from typing import Annotated

import typer
from msgspec import Struct
from msgspec.structs import replace

from trunkline.app.offline import OfflineApp
from trunkline.cli.console import err, hint_of_page, in_colour, out
from trunkline.cli.options import AsPlan, Clusters, Debug, Kubeconfig, PlanOutput, Repo, Revision
from trunkline.cli.outside import ASKED, Untrusted, from_outside
from trunkline.cli.plain import write, write_json
from trunkline.cli.running import CHANGED, FAILED, opened, run
from trunkline.cli.span import split_range
from trunkline.core.change import Plan
from trunkline.core.component import Component
from trunkline.core.infra.outputs import VALUES_FROM
from trunkline.core.infra.plan.values import InfraPlan
from trunkline.core.report.infra_text import infra_text
from trunkline.core.report.plan_json import plan_json
from trunkline.core.report.plan_text import plan_text
from trunkline.core.report.whole_markdown import whole_markdown
from trunkline.settings.heeded import Trust

Range = Annotated[
    str | None,
    typer.Argument(metavar="[BASE..HEAD]", help="Two commits; without, HEAD against the clusters."),
]
Only = Annotated[
    list[str] | None, typer.Option("--component", metavar="ID", help="Only these components.")
]
ExitCode = Annotated[
    bool, typer.Option("--exit-code", help="Exit with 2 where there are changes, 0 where not.")
]

Full = Annotated[
    bool, typer.Option("--full", help="Show objects whole that are created or deleted.")
]
Infra = Annotated[
    bool,
    typer.Option("--infra/--no-infra", help="Plan changed units of infrastructure too."),
]


def plan(
    commits: Range = None,
    component: Only = None,
    cluster: Clusters = None,
    repo: Repo = ".",
    revision: Revision = "",
    kubeconfig: Kubeconfig = "",
    output: AsPlan = PlanOutput.TEXT,
    exit_code: ExitCode = False,
    full: Full = False,
    infra: Infra = True,
    untrusted: Untrusted = None,
    debug: Debug = False,
) -> None:
    """Show what changes: between two commits without any cluster, or against the clusters now.

    Example: trunkline plan main..HEAD --output markdown
    """
    if commits and revision:
        raise typer.BadParameter("BASE..HEAD says which commits", param_hint="--revision")
    narrowed = _Narrowed(tuple(component or ()), tuple(cluster or ()))
    how = _How(output, exit_code, full, infra, from_outside(untrusted))
    run(_plan(commits or "", revision, narrowed, repo, kubeconfig, how), debug=debug)


class _Narrowed(Struct, frozen=True):
    """To which components and which clusters; () is to all."""

    ids: tuple[str, ...]
    clusters: tuple[str, ...]


class _How(Struct, frozen=True):
    output: PlanOutput
    exit_code: bool
    full: bool
    infra: bool
    untrusted: bool


async def _plan(
    commits: str, revision: str, narrowed: _Narrowed, repo: str, kubeconfig: str, how: _How
) -> int:
    infra: InfraPlan | None = None
    if commits:
        both = split_range(commits)
        found, units, readers = await _between(*both, narrowed, repo, kubeconfig, how)
        if units:
            infra = await _infrastructure(*units, readers, repo, how)
            infra = infra if infra.units or infra.findings else None
    else:
        ASKED.unless_trusted(how.untrusted)
        found = await _against_live(revision, narrowed, repo, kubeconfig, how)
    show(found, how.output, how.full, infra)
    if found.failed or (infra and infra.failed):
        return FAILED
    changed = found.changed or bool(infra and infra.changed)
    return CHANGED if how.exit_code and changed else 0


async def _between(
    base: str, head: str, narrowed: _Narrowed, repo: str, kubeconfig: str, how: _How
) -> tuple[Plan, tuple[str, str] | None, tuple[Component, ...]]:
    """The plan; the range once more where it changes infrastructure too; who reads outputs."""
    # By what settings a change from outside is looked at is not its own word.
    settings_of = base.removeprefix("...") if how.untrusted else head
    trust = Trust.BASE if how.untrusted else Trust.OWN
    opening = opened(OfflineApp, repo, kubeconfig=kubeconfig, revision=settings_of, trust=trust)
    async with opening as (app, progress):
        if base.startswith("..."):
            base = app.repository.merge_base(base[3:], head)
        found = await app.plan_range(base, head, narrowed.ids, narrowed.clusters)
        units = how.infra and not (narrowed.ids or narrowed.clusters)
        changed = units and (how.untrusted or await app.units().between(base, head))
        components = (await app.scene(head)).discovered.components if changed else ()
        progress.stop()
    readers = tuple(one for one in components if VALUES_FROM in one.annotations)
    return found, (base, head) if changed else None, readers


async def _infrastructure(
    base: str, head: str, readers: tuple[Component, ...], repo: str, how: _How
) -> InfraPlan:
    # Runs programs, and loads what starts them: only where units change.
    from trunkline.app.infra_plan import PlanApp
    from trunkline.core.infra.application_readers import application_findings

    revision, trust = (base, Trust.BASE) if how.untrusted else (head, Trust.OWN)
    async with opened(PlanApp, repo, revision=revision, trust=trust) as (app, progress):
        found = await app.plan_infra(base, head, keep=False, needed=False)
        progress.stop()
    return replace(found, findings=(*found.findings, *application_findings(found, readers)))


async def _against_live(
    revision: str, narrowed: _Narrowed, repo: str, kubeconfig: str, how: _How
) -> Plan:
    # Loads an HTTP client and a database library, which a plan between commits does not need.
    from trunkline.app.clusters import App

    # What is printed for people has every cluster that is down; a file is not looked at at once.
    downs = how.output is not PlanOutput.TEXT
    opening = opened(App, repo, kubeconfig=kubeconfig, revision=revision, downs=downs)
    async with opening as (app, progress):
        found = await app.plan_live(narrowed.ids, revision, narrowed.clusters)
        progress.stop()
    return found


def show(
    found: Plan, output: PlanOutput, full: bool = False, infra: InfraPlan | None = None
) -> None:
    if output is PlanOutput.JSON:
        write_json(plan_json(found, infra))
    elif output is PlanOutput.MARKDOWN:
        write(whole_markdown(found, infra))
    elif output is PlanOutput.HTML:
        from trunkline.core.report.html import plan_html

        write(plan_html(found, infra))
        hint_of_page("trunkline plan")
    else:
        console = out()
        width = console.width if console.is_terminal else 0
        write(plan_text(found, colour=in_colour(), full=full, width=width))
        if infra:
            write("\n" + infra_text(infra, colour=in_colour(), full=full))
        if found.changed and found.base == "live":
            err().print("[soft]→ trunkline sync makes the clusters equal to it[/]")
