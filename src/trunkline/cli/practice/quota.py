"""`trunkline practice quota`: how much of a kind there may be."""

from __future__ import annotations

from typing import Annotated

import typer

from trunkline.cli.options import AsText, Debug, Output
from trunkline.cli.plain import write, write_json
from trunkline.cli.practice.asked import FILE, Cloud, changing, read
from trunkline.cli.running import run
from trunkline.practice.cloud.world import kind_of

What = Annotated[str, typer.Argument(metavar="[[REGION/]KIND", help="Of what.")]
Count = Annotated[
    int | None, typer.Argument(metavar="COUNT]", help="How many; no limit if not said.")
]


def quota(
    of: What = "",
    count: Count = None,
    cloud: Cloud = FILE,
    output: AsText = Output.TEXT,
    debug: Debug = False,
) -> None:
    """Limit how many objects of a kind there may be, or list the limits.

    Example: trunkline practice quota eu/database 3
    """
    run(_quota(of, count, cloud, output), debug=debug)


async def _quota(of: str, count: int | None, cloud: Cloud, output: Output) -> None:
    if of:
        with changing(cloud) as world:
            kind_of(of.rpartition("/")[2])
            quotas = world.data.setdefault("quotas", {})
            quotas.pop(of, None)
            if count is not None:
                quotas[of] = count
    found = read(cloud).data.get("quotas", {})
    if output is Output.JSON:
        write_json(found)
    else:
        write("\n".join(f"{key} {value}" for key, value in sorted(found.items())))
