"""`trunkline infra outputs`: what units give to Applications."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from trunkline.app.infra import InfraApp
from trunkline.cli.console import escape, out
from trunkline.cli.infra.state.opening import moment
from trunkline.cli.infra.state.show import text_of
from trunkline.cli.options import AsText, Debug, Output, Repo, Revision
from trunkline.cli.outside import READ, Untrusted
from trunkline.cli.plain import write_json
from trunkline.cli.running import opened, run, tell
from trunkline.core.infra.outputs import UnitOutputs

Units = Annotated[
    list[str] | None, typer.Argument(metavar="[UNIT]...", help="Read those of these units anew.")
]
NONE = ("no outputs are known", "trunkline infra outputs UNIT reads them")


def outputs(
    unit: Units = None,
    repo: Repo = ".",
    revision: Revision = "",
    output: AsText = Output.TEXT,
    untrusted: Untrusted = None,
    debug: Debug = False,
) -> None:
    """Show the outputs that Applications read (trunkline/values-from); of units that are named,
    read them anew. Of sensitive ones only the names are shown.

    Example: trunkline infra outputs infra/live/eu/rds
    """
    work = _outputs(tuple(unit or ()), repo, revision, output)
    run(READ.before(work, untrusted) if unit else work, debug=debug)


async def _outputs(units: Sequence[str], repo: str, revision: str, output: Output) -> None:
    async with opened(InfraApp, repo, revision=revision) as (app, progress):
        known = await app.read_outputs(units, revision or "HEAD")
        progress.stop()
    if output is Output.JSON:
        write_json([one.as_json() for one in known])
    elif not known:
        tell(*NONE)
    for one in known if output is Output.TEXT else ():
        _show(one)


def _show(found: UnitOutputs) -> None:
    console = out()
    when = f"[soft]read {moment(found.read)} at {found.commit[:8]}[/]"
    console.print(f"{escape(found.unit)}  {when}")
    for name, value in sorted(found.values.items()):
        console.print(f"  [soft]{escape(name)}[/] = {escape(text_of(value))}")
    for name in found.sensitive:
        console.print(f"  [soft]{escape(name)}[/] = •••••••• [soft](sensitive: for a Secret)[/]")
