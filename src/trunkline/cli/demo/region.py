"""The last act of the demo: a region from nothing to healthy applications, by one commit."""

from __future__ import annotations

import asyncio
import os

from trunkline.app.clusters import App
from trunkline.app.infra_apply import ApplyApp
from trunkline.app.infra_plan import PlanApp
from trunkline.app.places import Places
from trunkline.cli.console import escape
from trunkline.cli.demo.cloud import open_cloud, programs_here
from trunkline.cli.demo.stage import Stage, deliver
from trunkline.cli.running import Failure
from trunkline.core.report.infra_apply_text import apply_text
from trunkline.core.report.infra_text import infra_text
from trunkline.demo import NEW_REGION, REGIONS, region_commit
from trunkline.edge.programs.found import Programs
from trunkline.edge.programs.library import launcher


async def add_region(stage: Stage, base: str) -> None:
    """Commit, plan, apply, deliver; left out where this machine has no programs for it.

    Raises Failure where a step does not end as it should.
    """
    found = await programs_here(Places.of_environment().cache, launcher())
    if found is None:
        _leave_out(stage)
        return
    os.environ |= _opened(stage)
    head = await _commit(stage, found)
    await _plan(stage, base, head)
    await _apply(stage, head)
    await _deliver(stage)


def _leave_out(stage: Stage) -> None:
    stage.say(
        "\n[held]‖[/] A fourth region, with its cloud by Terraform, is left out here: neither "
        "OpenTofu nor Terraform is on PATH\n"
        "  [soft]→ make library brings Terraform as a library (64 MB, BUSL); "
        "with Go, make programs builds OpenTofu and Terragrunt once, in some ten minutes[/]"
    )


def _opened(stage: Stage) -> dict[str, str]:
    hosts = {name: stage.box.clusters[name] for name in (*REGIONS, NEW_REGION)}
    stage.cloud = open_cloud(stage.folder / "cloud", hosts)
    return stage.cloud


async def _commit(stage: Stage, found: Programs) -> str:
    await stage.act("A fourth region: its cloud, its cluster and all that belongs there, in Git")
    states = None if found.terragrunt else stage.folder / "state"
    head = await asyncio.to_thread(region_commit, stage.repository, states)
    async with await PlanApp.open(str(stage.repository), stage.places) as app:
        commit = app.commit(head)
    stage.say(f"  [held]{head[:8]}[/] {escape(commit.subject)}  [soft]{escape(commit.author)}[/]")
    stage.say(f"  [soft]{_who(found)} in a practice cloud: a file[/]")
    return head


def _who(found: Programs) -> str:
    if found.terragrunt:
        return f"{found.terraform} and {found.terragrunt} work"
    return f"{found.terraform} works alone, for Terragrunt is not here,"


async def _plan(stage: Stage, base: str, head: str) -> None:
    await stage.act("The plan: what is not there yet is waited for, not made up")
    async with await PlanApp.open(str(stage.repository), stage.places, stage.hear) as app:
        plan = await app.plan_infra(base, head)
    stage.show(infra_text(plan, colour=True))
    if plan.failed:
        raise Failure("the infrastructure of the region cannot be planned")


async def _apply(stage: Stage, head: str) -> None:
    await stage.act("Applied in the order of the graph: each is planned when its outputs are there")
    async with await ApplyApp.open(str(stage.repository), stage.places, stage.hear) as app:
        done = await app.apply(head)
    stage.show(apply_text(done, colour=True))
    if done.failed or done.waits:
        raise Failure("the infrastructure of the region was not applied")


async def _deliver(stage: Stage) -> None:
    await stage.act("Its cluster is known by what the infrastructure gave, and its apps arrive")
    async with await App.open(str(stage.repository), stage.places, stage.hear) as app:
        await deliver(stage, app, clusters=(NEW_REGION,), regions=(*REGIONS, NEW_REGION))
