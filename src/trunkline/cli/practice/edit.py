"""`trunkline practice edit`: somebody changes an object by hand, which is drift."""

from __future__ import annotations

from typing import Annotated

import typer

from trunkline.cli.console import err, escape
from trunkline.cli.options import Debug
from trunkline.cli.practice.asked import FILE, Cloud, KindName, Name, changing, pairs
from trunkline.cli.running import run
from trunkline.practice.cloud.world import kind_of

Fields = Annotated[list[str], typer.Argument(metavar="FIELD=VALUE…", help="Values as YAML.")]


def edit(
    kind: KindName, name: Name, fields: Fields, cloud: Cloud = FILE, debug: Debug = False
) -> None:
    """Change fields of an object behind Terraform's back.

    Example: trunkline practice edit database accounts size=huge
    """
    run(_edit(kind, name, fields, cloud), debug=debug)


async def _edit(kind: str, name: str, fields: list[str], cloud: Cloud) -> None:
    changes = pairs(fields)
    with changing(cloud) as world:
        found = world.edit(kind_of(kind), name, changes)
    err().print(f"[held]~[/] {kind} {escape(found['name'])}: {escape(', '.join(sorted(changes)))}")
