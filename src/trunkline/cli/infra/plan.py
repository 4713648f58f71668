"""`trunkline infra plan`: what a commit range does to the infrastructure."""

from __future__ import annotations

from typing import Annotated

import typer
from msgspec import Struct

from trunkline.app.infra_plan import PlanApp
from trunkline.cli.console import err, hint_of_page, in_colour
from trunkline.cli.options import AsPlan, Debug, PlanOutput, Repo
from trunkline.cli.outside import Untrusted, from_outside
from trunkline.cli.plain import write, write_json
from trunkline.cli.running import CHANGED, FAILED, opened, run
from trunkline.cli.span import split_range
from trunkline.core.infra.plan.values import InfraPlan
from trunkline.core.report.infra_markdown import infra_markdown
from trunkline.core.report.infra_text import infra_text
from trunkline.settings.heeded import Trust

Range = Annotated[str, typer.Argument(metavar="BASE..HEAD", help="Two commits, e.g. main..HEAD.")]
Only = Annotated[list[str] | None, typer.Option("--unit", metavar="ID", help="Only these units.")]
ExitCode = Annotated[
    bool, typer.Option("--exit-code", help="Exit with 2 where there are changes, 0 where not.")
]
Full = Annotated[bool, typer.Option("--full", help="Show every attribute and whole errors.")]
Keep = Annotated[
    bool, typer.Option("--save/--no-save", help="Keep the plans, sealed, so that they are applied.")
]


def plan(
    commits: Range,
    unit: Only = None,
    repo: Repo = ".",
    output: AsPlan = PlanOutput.TEXT,
    exit_code: ExitCode = False,
    full: Full = False,
    save: Keep = True,
    untrusted: Untrusted = None,
    debug: Debug = False,
) -> None:
    """Plan the changed units of a commit range with OpenTofu or Terraform, and Terragrunt.

    Example: trunkline infra plan main..HEAD --output markdown
    """
    how = _How(output, exit_code, full, save, from_outside(untrusted))
    run(_plan(commits, tuple(unit or ()), repo, how), debug=debug)


class _How(Struct, frozen=True):
    output: PlanOutput
    exit_code: bool
    full: bool
    save: bool
    untrusted: bool


async def _plan(commits: str, ids: tuple[str, ...], repo: str, how: _How) -> int:
    base, head = split_range(commits)
    # What comes from outside does not say by which settings it is planned.
    settings_of = base.removeprefix("...") if how.untrusted else head
    trust = Trust.BASE if how.untrusted else Trust.OWN
    async with opened(PlanApp, repo, revision=settings_of, trust=trust) as (app, progress):
        if base.startswith("..."):
            base = app.repository.merge_base(base[3:], head)
        found = await app.plan_infra(base, head, ids, keep=how.save)
        found = await app.told_of(found)
        progress.stop()
    show(found, how.output, how.full, kept=how.save and not how.untrusted)
    if found.failed:
        return FAILED
    return CHANGED if how.exit_code and found.changed else 0


def show(found: InfraPlan, output: PlanOutput, full: bool, *, kept: bool) -> None:
    if output is PlanOutput.JSON:
        write_json(found.as_json())
    elif output is PlanOutput.MARKDOWN:
        write(infra_markdown(found))
    elif output is PlanOutput.HTML:
        from trunkline.core.report.html import infra_html

        write(infra_html(found))
        hint_of_page("trunkline infra plan")
    else:
        write(infra_text(found, colour=in_colour(), full=full))
        if kept and any(one.plan or not one.is_final for one in found.units):
            err().print(f"[soft]→ trunkline infra apply {found.head[:8]} applies these plans[/]")
