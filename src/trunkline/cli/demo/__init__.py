"""`trunkline demo`: the whole story on this machine, with nothing but this package and Git.

A company's monorepo and three practice clusters are made in a folder of their own; then what a
day brings happens to them: a first delivery, a commit with its plan, a hand that breaks
something, the healing, and a region that comes with its cloud.
"""

from __future__ import annotations

from typing import Annotated

import typer

from trunkline.cli.console import err, out
from trunkline.cli.demo.acts import play, tell_story
from trunkline.cli.demo.stage import staged
from trunkline.cli.options import AsText, Debug, Output
from trunkline.cli.plain import write_json
from trunkline.cli.running import run

Keep = Annotated[
    bool, typer.Option("--keep", help="Leave repository and clusters running, to play with.")
]


def demo(keep: Keep = False, output: AsText = Output.TEXT, debug: Debug = False) -> None:
    """Watch Trunkline work: three practice clusters, a delivery, a commit, a drift, the healing;
    then a fourth region from nothing.

    Example: trunkline demo --keep
    """
    run(_demo(keep, output), debug=debug)


async def _demo(keep: bool, output: Output) -> None:
    """With `--output json` the story goes to stderr, and its end to stdout."""
    async with staged(err() if output is Output.JSON else out()) as stage:
        statuses = await tell_story(stage)
        if output is Output.JSON:
            ends = [one.as_json() for one in statuses]
            write_json({"seconds": round(stage.seconds, 1), "components": ends})
        if keep:
            await play(stage)
