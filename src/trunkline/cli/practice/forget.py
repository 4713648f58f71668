"""`trunkline practice forget`: somebody deletes an object by hand."""

from __future__ import annotations

from trunkline.cli.console import err, escape
from trunkline.cli.options import Debug
from trunkline.cli.practice.asked import FILE, Cloud, KindName, Name, changing
from trunkline.cli.running import run
from trunkline.practice.cloud.world import kind_of


def forget(kind: KindName, name: Name, cloud: Cloud = FILE, debug: Debug = False) -> None:
    """Delete an object behind Terraform's back, whatever protects it.

    Example: trunkline practice forget load_balancer eu-edge
    """
    run(_forget(kind, name, cloud), debug=debug)


async def _forget(kind: str, name: str, cloud: Cloud) -> None:
    with changing(cloud) as world:
        found = world.forget(kind_of(kind), name)
    err().print(f"[bad]-[/] {kind} {escape(found['name'])}")
