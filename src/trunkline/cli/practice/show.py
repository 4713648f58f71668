"""`trunkline practice show`: what there is in the practice cloud."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from trunkline.cli.console import escape, show_table
from trunkline.cli.options import AsText, Debug, Output
from trunkline.cli.plain import write_json
from trunkline.cli.practice.asked import FILE, Cloud, read
from trunkline.cli.running import Failure, run, tell
from trunkline.practice.cloud.world import World
from trunkline.practice.kinds import KINDS

MASK = "(sensitive)"

Asked = Annotated[
    list[str] | None, typer.Argument(metavar="[KIND [NAME|ID]]", help="All where none is named.")
]


def show(
    asked: Asked = None, cloud: Cloud = FILE, output: AsText = Output.TEXT, debug: Debug = False
) -> None:
    """List the objects, or show the fields of one. Sensitive values are masked.

    Example: trunkline practice show database accounts
    """
    run(_show(asked or [], cloud, output), debug=debug)


async def _show(asked: list[str], cloud: Cloud, output: Output) -> None:
    world = read(cloud)
    if len(asked) > 1:
        _show_one(asked[0], asked[1], world, output)
        return
    found = [(kind, one) for kind, one in world.all() if not asked or kind == asked[0]]
    if output is Output.JSON:
        write_json([{"kind": kind, **_masked(kind, one)} for kind, one in found])
    elif not found:
        tell("there is nothing in this cloud", "terraform apply makes something")
    else:
        rows = ((kind, escape(one["name"]), one["region"], one["id"]) for kind, one in found)
        show_table(("KIND", "NAME", "REGION", "ID"), rows)


def _show_one(kind: str, key: str, world: World, output: Output) -> None:
    found = world.find(kind, key)
    if found is None:
        raise Failure(f"there is no {kind} {key}", "trunkline practice show")
    fields = _masked(kind, found)
    if output is Output.JSON:
        write_json({"kind": kind, **fields})
    else:
        rows = ((name, escape(_text(value))) for name, value in sorted(fields.items()))
        show_table(("FIELD", "VALUE"), rows)


def _masked(kind: str, found: Mapping[str, Any]) -> dict[str, Any]:
    secret = {one.name for one in KINDS[kind].attributes if one.sensitive}
    return {
        name: MASK if name in secret and value is not None else value
        for name, value in found.items()
    }


def _text(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
