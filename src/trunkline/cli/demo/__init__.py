"""`trunkline demo`: the whole story on this machine, with nothing but this package and Git.

A company's monorepo and three practice clusters are made in a folder of their own; then what a
day brings happens to them: a first delivery, a commit with its plan, a hand that breaks
something, and the healing.
"""

from __future__ import annotations

from typing import Annotated

import typer

from trunkline.cli.console import out
from trunkline.cli.demo.acts import play, tell_story
from trunkline.cli.demo.stage import staged
from trunkline.cli.options import Debug
from trunkline.cli.running import run

Keep = Annotated[
    bool, typer.Option("--keep", help="Leave repository and clusters running, to play with.")
]


def demo(keep: Keep = False, debug: Debug = False) -> None:
    """Watch Trunkline work: three practice clusters, a delivery, a commit, a drift, the healing.

    Example: trunkline demo --keep
    """
    run(_demo(keep), debug=debug)


async def _demo(keep: bool) -> None:
    async with staged(out()) as stage:
        await tell_story(stage)
        if keep:
            await play(stage)
