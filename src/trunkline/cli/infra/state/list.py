"""`trunkline infra state list`: which units have a state here, or the history of one."""

from __future__ import annotations

from collections.abc import Sequence

from trunkline.cli.console import escape, out, show_table
from trunkline.cli.infra.state.opening import AnyUnit, moment, size, states
from trunkline.cli.options import AsText, Debug, Output, Repo
from trunkline.cli.plain import write_json
from trunkline.cli.running import Failure, run, tell
from trunkline.core.infra.state.address import unit_of
from trunkline.core.infra.written import is_newer
from trunkline.edge.store import Store
from trunkline.edge.store.states import UnitState, Version

EMPTY = ("no unit has a state here", "trunkline infra backend serves them")
UNITS = ("UNIT", "VERSION", "SERIAL", "RESOURCES", "SIZE", "PROGRAM", "WHEN", "BY", "LOCK")
VERSIONS = ("VERSION", "KIND", "SERIAL", "RESOURCES", "SIZE", "PROGRAM", "WHEN", "BY")
EVENTS = ("WHEN", "WHAT", "BY", "ABOUT")


def list_(
    unit: AnyUnit = "",
    repo: Repo = ".",
    output: AsText = Output.TEXT,
    debug: Debug = False,
) -> None:
    """List the units whose state is kept here; of one unit its versions, and what happened to it.

    Example: trunkline infra state list infra/live/eu/rds
    """
    run(_one(unit, repo, output) if unit else _all(repo, output), debug=debug)


async def _all(repo: str, output: Output) -> None:
    async with states(repo) as store:
        units = await store.states.units()
    if output is Output.JSON:
        write_json([one.as_json() for one in units])
    elif not units:
        tell(*EMPTY)
    else:
        show_table(UNITS, (_unit(one) for one in units))


async def _one(unit: str, repo: str, output: Output) -> None:
    async with states(repo) as store:
        await _history(store, unit_of(unit), output)


async def _history(store: Store, unit: str, output: Output) -> None:
    versions = await store.states.versions(unit)
    events = await store.states.events(unit)
    if not versions and not events:
        raise Failure(f"{unit} has no state here", "trunkline infra state list")
    if output is Output.JSON:
        kept, said = [one.as_json() for one in versions], [one.as_json() for one in events]
        write_json({"versions": kept, "events": said})
        return
    show_table(VERSIONS, ((*_version(one), escape(one.by)) for one in versions))
    _tell_older(versions)
    out().print()
    rows = ((moment(one.since), one.what, escape(one.by), escape(one.message)) for one in events)
    show_table(EVENTS, rows)


def _tell_older(versions: Sequence[Version]) -> None:
    """Where an older program wrote after a newer one. The newest version stands first."""
    writers = [one.head.program for one in versions if one.head.program]
    newer = next((one for one in writers[1:] if is_newer(one, writers[0])), "")
    if newer:
        tell(
            f"version {newer} wrote it before, and {writers[0]} after it: what only the newer one "
            "knows may be gone",
            "trunkline infra state diff shows what",
        )


def _unit(one: UnitState) -> tuple[str, ...]:
    lock = f"[held]{escape(one.lock.who or one.lock.id)}[/]" if one.lock else ""
    if one.newest is None:
        return (escape(one.unit), *[""] * 7, lock)
    number, _, *cells = _version(one.newest)
    if not one.newest.is_there:
        cells[:4] = ["[soft]deleted[/]", "", "", ""]
    return (escape(one.unit), number, *cells, escape(one.newest.by), lock)


def _version(one: Version) -> tuple[str, ...]:
    head = one.head
    resources = "encrypted" if head.encrypted else str(head.resources)
    return (
        str(one.version),
        one.kind,
        str(head.serial),
        resources,
        size(one.size),
        escape(head.program),
        moment(one.since),
    )
