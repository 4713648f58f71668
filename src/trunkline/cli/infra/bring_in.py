"""`trunkline infra import`: a resource that no code names, as a patch of a unit's code."""

from __future__ import annotations

from typing import Annotated

import typer

from trunkline.app.infra_import import ImportApp, ImportPatch
from trunkline.cli.console import err, escape
from trunkline.cli.infra.state.opening import Unit
from trunkline.cli.options import AsText, Debug, Output, Repo, Revision
from trunkline.cli.outside import IMPORTED, Untrusted
from trunkline.cli.plain import write, write_json
from trunkline.cli.running import FAILED, Failure, opened, run, tell
from trunkline.core.report.infra_words import attribute

Address = Annotated[
    str, typer.Argument(metavar="ADDRESS", help="What to call it, such as aws_s3_bucket.logs.")
]
Id = Annotated[str, typer.Argument(metavar="ID", help="By which its provider imports it.")]


def bring_in(
    unit: Unit,
    address: Address,
    id: Id,
    repo: Repo = ".",
    revision: Revision = "",
    output: AsText = Output.TEXT,
    untrusted: Untrusted = None,
    debug: Debug = False,
) -> None:
    """Print a patch that imports a resource: its import block, and the code that the program
    generates for it. Nothing is written; commit the patch, plan it and apply it.

    Example: trunkline infra import infra/net aws_s3_bucket.logs my-logs | git apply
    """
    work = _bring_in((unit, address, id), repo, revision or "HEAD", output)
    run(IMPORTED.before(work, untrusted), debug=debug)


async def _bring_in(asked: tuple[str, str, str], repo: str, revision: str, output: Output) -> int:
    for one in asked:
        if not one.isprintable():
            raise Failure(f"{one!r} is no text that HCL could hold")
    async with opened(ImportApp, repo, revision=revision) as (app, progress):
        found = await app.import_patch(*asked, revision)
        progress.stop()
    if output is Output.JSON:
        change = found.change.as_json() if found.change else None
        write_json({"patch": found.patch, "error": found.plan.error, "change": change})
    else:
        _show(found, asked[1])
    return FAILED if found.plan.error or not found.patch else 0


def _show(found: ImportPatch, address: str) -> None:
    write(found.patch)
    if found.plan.error:
        tell(found.plan.error, "the patch has what was generated" if found.patch else "")
    elif not found.patch:
        tell(f"{address}: the program generated no code for it")
    for one in found.change.attributes if found.change else ():
        err().print(f"[held]‖[/] {escape(address)} [soft]would change[/] {escape(attribute(one))}")
