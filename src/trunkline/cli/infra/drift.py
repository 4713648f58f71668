"""`trunkline infra drift`: what somebody changed without a commit."""

from __future__ import annotations

import sys
from typing import Annotated

import orjson
import typer
from msgspec import Struct

from trunkline.app.infra_drift import DriftApp
from trunkline.cli.console import err, escape, in_colour
from trunkline.cli.infra.apply import WAITS
from trunkline.cli.infra.state.opening import moment
from trunkline.cli.options import AsRun, Debug, Repo, Revision, RunOutput
from trunkline.cli.outside import CHECKED, Untrusted
from trunkline.cli.plain import write, write_json
from trunkline.cli.running import CHANGED, FAILED, Failure, opened, run, tell
from trunkline.core.infra.drift import Checked, DriftReport
from trunkline.core.infra.said import first_line
from trunkline.core.infra.takeover import TakeOver as Taken
from trunkline.core.report.infra_drift_markdown import drift_markdown
from trunkline.core.report.infra_drift_text import drift_text, healing_text

Units = Annotated[
    list[str] | None, typer.Argument(metavar="[UNIT]...", help="Only these units; else all.")
]
Most = Annotated[
    int, typer.Option("--most", min=0, metavar="N", help="Only the N checked the longest ago.")
]
ExitCode = Annotated[
    bool, typer.Option("--exit-code", help="Exit with 2 where there is drift, 0 where not.")
]
Every = Annotated[
    str, typer.Option("--every", metavar="TIME", help="Stay; check each unit once in e.g. 6h.")
]
Heal = Annotated[
    bool, typer.Option("--heal", help="Plan what drifted and apply it, by its policy.")
]
TakeOver = Annotated[
    bool, typer.Option("--take-over", help="Print a patch that has the code say what is there.")
]
Full = Annotated[bool, typer.Option("--full", help="Show every unit, attribute and whole errors.")]


def drift(
    unit: Units = None,
    repo: Repo = ".",
    revision: Revision = "",
    output: AsRun = RunOutput.TEXT,
    most: Most = 0,
    every: Every = "",
    heal: Heal = False,
    take_over: TakeOver = False,
    exit_code: ExitCode = False,
    full: Full = False,
    untrusted: Untrusted = None,
    debug: Debug = False,
) -> None:
    """Find what changed outside: of each unit's resources, what it was, what it is, and since when.

    The cloud is read, and nothing is written to it; --heal makes what drifted as the code says, by
    the policy of each unit. Exits with 1 where a unit failed, with 2 where a heal waits for an
    approval.

    --take-over prints a patch of the code for git apply instead, of what it can safely say. What is
    left to a person is told on stderr.

    With --every it stays until Ctrl-C: the checks are spread evenly over that time, and each looks
    at the newest commit. SIGHUP has the next ones begin at once.

    Example: trunkline infra drift --exit-code
    """
    how = How(output, most, every, heal, take_over, exit_code, full, untrusted)
    run(_drift(tuple(unit or ()), repo, revision or "HEAD", how), debug=debug)


class How(Struct, frozen=True):
    output: RunOutput
    most: int
    every: str
    heal: bool
    take_over: bool
    exit_code: bool
    full: bool
    untrusted: bool | None


async def _drift(ids: tuple[str, ...], repo: str, revision: str, how: How) -> int:
    CHECKED.unless_trusted(how.untrusted)
    if how.take_over and (how.heal or how.every):
        raise Failure(
            "--take-over goes with neither --heal nor --every: the code, or the cloud, is right",
            "trunkline infra drift --take-over | git apply",
        )
    if how.output is RunOutput.MARKDOWN and (how.every or how.take_over):
        raise Failure("--output markdown is of one check: neither --every nor --take-over has it")
    if how.every:
        return await _stay(ids, repo, revision, how)
    found = await _checked(ids, repo, revision, how, how.most)
    show(found, how)
    return code_of(found, how)


async def _checked(
    ids: tuple[str, ...], repo: str, revision: str, how: How, most: int
) -> DriftReport:
    async with opened(DriftApp, repo, revision=revision) as (app, progress):
        found = await app.drift(ids, revision, most=most)
        if how.heal:
            found = await app.heal(found)
        if how.take_over:
            found = await app.take_over(found)
        progress.stop()
        return found


async def _stay(ids: tuple[str, ...], repo: str, revision: str, how: How) -> int:
    # Loaded here: only what stays needs it.
    from trunkline.cli.infra.drift_watching import keep_checking, period_of

    return await keep_checking(
        period_of(how.every),
        # Opened anew each time, so that it is the newest commit, by its own settings.
        lambda most: _checked(ids, repo, revision, how, how.most or most),
        lambda found: show_line(found, how),
        len(ids),
    )


def show_line(found: DriftReport, how: How) -> None:
    """As `show`, as one of many: a line of JSON each, or a text."""
    if how.output is RunOutput.JSON:
        write(orjson.dumps(found.as_json()).decode())
    else:
        show(found, how)
    sys.stdout.flush()


def show(found: DriftReport, how: How) -> None:
    if how.output is RunOutput.JSON:
        write_json(found.as_json())
        return
    if found.take_over:
        _show_patch(found, found.take_over)
        return
    if how.output is RunOutput.MARKDOWN:
        write(drift_markdown(found, moment))
        return
    colour = in_colour()
    write(drift_text(found, moment, colour=colour, full=how.full))
    if healing := found.healing:
        write("\n" + healing_text(healing, colour=colour, full=how.full))


def code_of(found: DriftReport, how: How) -> int:
    """The exit code that says how it went."""
    healing = found.healing
    if found.failed or (healing and healing.failed):
        return FAILED
    if healing:
        return WAITS if healing.waits else 0
    return CHANGED if how.exit_code and found.drifted else 0


def _show_patch(report: DriftReport, found: Taken) -> None:
    """The patch alone on stdout; what it leaves out on stderr."""
    write(found.patch)
    for one in report.units:
        if one.status is Checked.FAILED:
            tell(f"{one.unit}: {first_line(one.error)}")
    for place in found.left:
        path = f" {place.path}" if place.path else ""
        said = f"{place.unit}: {place.address}{path}: {place.reason}"
        err().print(f"[held]‖[/] {escape(said)}")
    err().print(f"[soft]{len(found.taken)} taken over, {len(found.left)} left to you[/]")
