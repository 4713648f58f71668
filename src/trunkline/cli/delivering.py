"""`trunkline sync --infra`: units and Applications in one run, told as each apply and sync ends."""

from __future__ import annotations

from msgspec.structs import replace

from trunkline.cli.console import out
from trunkline.cli.findings import tell_findings
from trunkline.cli.options import Output
from trunkline.cli.plain import write, write_json
from trunkline.cli.running import FAILED, opened
from trunkline.core.infra.applying import ApplyRun
from trunkline.core.report.infra_apply_text import apply_text
from trunkline.core.report.text import run_text
from trunkline.core.run import Outcome, Run
from trunkline.delivery import DeliveryApp
from trunkline.engine.sync.component import How


async def deliver(
    how: How,
    asked: tuple[list[str], str, list[str]],
    timeout: float | None,
    repo: str,
    kubeconfig: str,
    output: Output,
) -> int:
    ids, revision, clusters = asked
    applied: ApplyRun | None = None
    synced: Run | None = None
    async with opened(DeliveryApp, repo, kubeconfig=kubeconfig, revision=revision) as (app, shown):
        if timeout is None:
            how = replace(how, wave_timeout=app.settings.limits.wave_timeout)
        async for one in app.deliver(how, ids, revision, clusters):
            if isinstance(one, ApplyRun):
                applied = applied.joined(one) if applied else one
            else:
                synced = synced.joined(one) if synced else one
            if output is Output.TEXT:
                shown.stop()
                write(_text(one))
                shown.begin()
        shown.stop()
    assert synced is not None
    if output is Output.JSON:
        said = {"infrastructure": applied.as_json()} if applied else {}
        write_json({**synced.as_json(), **said})
    else:
        tell_findings(synced.findings)
    held = applied and (applied.failed or applied.held)
    return FAILED if held or synced.outcome is not Outcome.SUCCEEDED else 0


def _text(one: ApplyRun | Run) -> str:
    colour = out().is_terminal
    if isinstance(one, ApplyRun):
        return apply_text(one, colour=colour) + "\n"
    return run_text(one, colour=colour)
