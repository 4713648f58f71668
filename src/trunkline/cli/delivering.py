"""`trunkline sync --infra`: units and Applications in one run, told as each apply and sync ends."""

from __future__ import annotations

from trunkline.app.delivery import DeliveryApp
from trunkline.cli.asked import Asked
from trunkline.cli.console import in_colour
from trunkline.cli.findings import tell_findings
from trunkline.cli.options import RunOutput
from trunkline.cli.plain import write, write_json
from trunkline.cli.running import FAILED, opened, tell
from trunkline.core.infra.applying import ApplyRun
from trunkline.core.report.infra_apply_text import apply_text
from trunkline.core.report.text import run_text
from trunkline.core.report.whole_markdown import delivery_markdown
from trunkline.core.run import Outcome, Run


async def deliver(asked: Asked) -> int:
    revision = asked.revision
    applied: ApplyRun | None = None
    synced: Run | None = None
    opening = opened(DeliveryApp, asked.repo, kubeconfig=asked.kubeconfig, revision=revision)
    async with opening as (app, shown):
        how = asked.how_by(app.settings)
        async for one in app.deliver(how, asked.ids, revision, asked.clusters):
            if isinstance(one, ApplyRun):
                applied = applied.joined(one) if applied else one
            else:
                synced = synced.joined(one) if synced else one
            if asked.output is RunOutput.TEXT:
                shown.stop()
                write(_text(one))
                shown.begin()
        shown.stop()
    assert synced is not None
    if asked.output is RunOutput.JSON:
        said = {"infrastructure": applied.as_json()} if applied else {}
        write_json({**synced.as_json(), **said})
    elif asked.output is RunOutput.MARKDOWN:
        write(delivery_markdown(synced, applied))
    else:
        tell_findings(synced.findings)
    well = synced.outcome is Outcome.SUCCEEDED
    if app.unplanned and not well:
        # Of no interest where all is well: most commits change no infrastructure.
        tell(f"no infrastructure was applied: {app.unplanned}", app.unplanned.remedy)
    held = applied and (applied.failed or applied.held)
    return FAILED if held or not well else 0


def _text(one: ApplyRun | Run) -> str:
    colour = in_colour()
    if isinstance(one, ApplyRun):
        return apply_text(one, colour=colour) + "\n"
    return run_text(one, colour=colour)
