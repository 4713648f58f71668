"""`trunkline infra units`: the infrastructure of a commit, and what a range changes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from trunkline.app.offline import OfflineApp
from trunkline.cli.console import escape, out, show_table
from trunkline.cli.findings import tell_findings
from trunkline.cli.options import AsText, Debug, Output, Repo, Revision
from trunkline.cli.plain import write_json
from trunkline.cli.running import opened, run, tell
from trunkline.cli.span import split_range
from trunkline.core.infra.changed import ChangedUnit, How
from trunkline.core.infra.unit import Unit, as_application
from trunkline.core.infra.units import Units
from trunkline.engine.infra.commits import begins_at

NOTHING = (
    "no infrastructure here: no terragrunt.hcl, no directory with a backend or a provider",
    "infra.units in trunkline.yaml names directories that nothing else marks",
)
SIGNS = {
    How.ADDED: ("+", "good"),
    How.CHANGED: ("~", "held"),
    How.REMOVED: ("-", "bad"),
    How.MOVED: ("→", "rail"),
    How.LEFT: ("·", "soft"),
}
SHOWN = 3

Range = Annotated[
    str | None,
    typer.Argument(metavar="[BASE..HEAD]", help="Two commits: only units that differ, and why."),
]


def units(
    commits: Range = None,
    repo: Repo = ".",
    revision: Revision = "",
    output: AsText = Output.TEXT,
    debug: Debug = False,
) -> None:
    """List the units of a commit in the order of their dependencies, or those that a range changes.

    Example: trunkline infra units main..HEAD --output json
    """
    run(_units(commits or "", repo, revision, output), debug=debug)


async def _units(commits: str, repo: str, revision: str, output: Output) -> None:
    base, head = split_range(commits) if commits else ("", revision or "HEAD")
    async with opened(OfflineApp, repo, revision=head) as (app, progress):
        if base.startswith("..."):
            base = app.repository.merge_base(base[3:], head)
        base = base and begins_at(app.repository, base, head)
        known = await app.infrastructure(head)
        changed = await app.units().between(base, head) if base else ()
        progress.stop()
    if base:
        _show_changed(changed, known, output)
    else:
        _show(known, output)
    told = {"", *(one.id for one in changed)}
    left = [said for one in changed for said in one.findings]
    tell_findings([*(o for o in known.findings if not base or o.component in told), *left])


def _show(known: Units, output: Output) -> None:
    if output is Output.JSON:
        write_json([one.as_json() for one in known.units])
    elif not known.units:
        tell(*NOTHING)
    else:
        rows = ((*_cells(one), _few(_needs(one))) for one in _ordered(known))
        show_table(("UNIT", "KIND", "NAME", "LABELS", "WAITS FOR"), rows)


def _show_changed(changed: Sequence[ChangedUnit], known: Units, output: Output) -> None:
    if output is Output.JSON:
        write_json([one.as_json() for one in changed])
        return
    console = out()
    for one in changed:
        sign, style = SIGNS[one.how]
        origin = f"  [soft]was {escape(one.moved_from.id)}[/]" if one.moved_from else ""
        why = f"  [soft]{_few(one.because)}[/]" if one.because else ""
        console.print(f"[{style}]{sign}[/] {escape(one.id)}  {one.how.value}{origin}{why}")
    counts = [f"{sum(one.how is how for one in changed)} {how.value}" for how in How]
    said = ", ".join(one for one in counts if not one.startswith("0 ")) or "none"
    console.print(f"[soft]changed units: {said}; {len(known.units)} looked at[/]")


def _ordered(known: Units) -> list[Unit]:
    """By their dependencies; by name where those lead in a circle."""
    graph = known.graph
    return [*known.units] if graph.cycles() else [known[one] for one in graph.order()]


def _cells(one: Unit) -> tuple[str, ...]:
    labels = ", ".join(f"{key}={value}" for key, value in sorted(one.labels.items()))
    return escape(one.id), one.kind.value, escape(one.name), escape(labels)


def _needs(one: Unit) -> list[str]:
    return [*one.dependencies, *map(as_application, one.applications)]


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return escape(", ".join(names[:SHOWN]) + more)
