"""The acts of the demo, each a function: what is done, and what is said of it."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Iterable

from trunkline.app.clusters import App
from trunkline.cli.console import escape
from trunkline.cli.demo.region import add_region
from trunkline.cli.demo.stage import Stage, deliver
from trunkline.cli.running import Failure
from trunkline.cli.signalled import told_to_end
from trunkline.cli.signs import state
from trunkline.core.report.plan_text import plan_text
from trunkline.core.status import ComponentStatus
from trunkline.demo import REGIONS, demo_commit, write_repository

# What a hand does in the fifth act.
BROKEN = "billing-us"
BY_HAND = (
    "--context us -n db-billing scale statefulset billing --replicas=1",
    "--context us -n db-billing delete networkpolicy billing-clients",
)

# What a newcomer could do then.
TO_TRY = (
    "trunkline status && trunkline runs",
    "kubectl --context ap -n console delete deployment console-web",
    "trunkline plan; trunkline sync --wait",
    "sed -i.old 's/max: 10/max: 12/' charts/ingress/values.yaml",
    "git commit -am more; trunkline plan HEAD~1..HEAD; trunkline sync --wait",
)
IN_THE_CLOUD = (
    "trunkline practice edit database billing size=huge",
    "trunkline infra drift infra/live/jp/databases --heal",
)


async def tell_story(stage: Stage) -> list[ComponentStatus]:
    """All acts, in order, and how all stands at the end.

    Raises Failure where an act does not end as it should.
    """
    stage.say("[strong]One Git timeline, from pull request to every cluster[/]")
    base = await _found_company(stage)
    async with await App.open(str(stage.repository), stage.places, stage.hear) as app:
        await _deliver_everything(stage, app)
        head = await _commit(stage, app)
        await _show_plan(stage, app, base, head)
        await _deliver(stage, app, "Delivered: the same commit in every region")
        await _break_by_hand(stage)
        await _show_drift(stage, app)
        await _deliver(stage, app, "Healed: what Git says is what runs", BROKEN)
    await add_region(stage, head)
    async with await App.open(str(stage.repository), stage.places, stage.hear) as app:
        return await _end(stage, app)


async def play(stage: Stage) -> None:
    """Leave everything running until Ctrl-C, and say what one could try."""
    stage.say("\n[strong]All of it is running. In another terminal:[/]")
    enter = f". {shlex.quote(str(stage.write_environment()))}"
    for line in (enter, *TO_TRY, *(IN_THE_CLOUD if stage.cloud else ())):
        # A terminal breaks a long line for the eye only; ours would be copied.
        stage.console.print(f"  {escape(line)}", soft_wrap=True)
    stage.say("[soft]Ctrl-C ends it; nothing of it stays.[/]")
    await told_to_end()


async def _found_company(stage: Stage) -> str:
    await stage.act("A cloud database company: one repository, three regions")
    head = await asyncio.to_thread(write_repository, stage.repository)
    for name in REGIONS:
        url = stage.box.clusters[name].url
        stage.say(f"  [good]✓[/] practice cluster [strong]{name}[/]  [soft]{escape(url)}[/]")
    return head


async def _deliver_everything(stage: Stage, app: App) -> None:
    scene = await app.scene()
    count = len(scene.discovered.components)
    title = f"{count} components, found in Git, delivered in order: hooks, waves, health"
    await _deliver(stage, app, title)


async def _commit(stage: Stage, app: App) -> str:
    await stage.act("Somebody changes a file that all regions share")
    head = await asyncio.to_thread(demo_commit, stage.repository)
    commit = app.commit(head)
    stage.say(f"  [held]{head[:8]}[/] {escape(commit.subject)}  [soft]{escape(commit.author)}[/]")
    return head


async def _show_plan(stage: Stage, app: App, base: str, head: str) -> None:
    await stage.act("The plan: what the commit does, to which cluster, before anything moves")
    plan = await app.plan_range(base, head)
    stage.show(plan_text(plan, colour=True, width=stage.width))


async def _deliver(stage: Stage, app: App, title: str, *ids: str) -> None:
    await stage.act(title)
    await deliver(stage, app, ids)


async def _break_by_hand(stage: Stage) -> None:
    await stage.act("Somebody is in a hurry, and changes the cluster by hand")
    for arguments in BY_HAND:
        await stage.kubectl(arguments)


async def _show_drift(stage: Stage, app: App) -> None:
    await stage.act("The drift: what is live and not in Git")
    plan = await app.plan_live((BROKEN,))
    if not plan.changed:
        raise Failure(f"{BROKEN} was changed by hand, and no drift is seen")
    stage.show(plan_text(plan, colour=True, width=stage.width))


async def _end(stage: Stage, app: App) -> list[ComponentStatus]:
    statuses = await app.statuses()
    odd = [one for one in statuses if (one.sync, one.health) != ("Synced", "Healthy")]
    if odd:
        raise Failure(f"not equal to Git, or not healthy: {', '.join(_said(odd))}")
    stage.say(
        f"\n{state('Synced')}  {state('Healthy')}  {len(statuses)} of {len(statuses)} components "
        f"are equal to [held]{statuses[0].commit[:8]}[/]  "
        f"[soft]{stage.seconds:.0f} s in all[/]"
    )
    return statuses


def _said(statuses: Iterable[ComponentStatus]) -> list[str]:
    return [f"{one.id} ({one.sync}, {one.health})" for one in statuses]
