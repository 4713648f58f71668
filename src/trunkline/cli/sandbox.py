"""`trunkline sandbox`: practice clusters on this machine, for as long as one likes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from trunkline.cli.console import err, escape, out
from trunkline.cli.options import AsText, Debug, Output
from trunkline.cli.plain import write_json
from trunkline.cli.running import Failure, run
from trunkline.cli.signalled import told_to_end
from trunkline.sandbox import Sandbox

Names = Annotated[str, typer.Option("--clusters", metavar="NAME,…", help="Their names.")]
File = Annotated[
    Path, typer.Option("--kubeconfig", metavar="FILE", help="Where the kubeconfig is written.")
]


def sandbox(
    clusters: Names = "eu,us,ap",
    kubeconfig: File = Path("sandbox.kubeconfig"),
    output: AsText = Output.TEXT,
    debug: Debug = False,
) -> None:
    """Serve practice clusters until Ctrl-C, and write a kubeconfig with a context for each.

    Example: trunkline sandbox --clusters eu,us,ap
    """
    names = [name.strip() for name in clusters.split(",") if name.strip()]
    run(_sandbox(names, kubeconfig, output), debug=debug)


async def _sandbox(names: list[str], kubeconfig: Path, output: Output) -> None:
    if not names or len(set(names)) != len(names):
        raise Failure("--clusters: give one or more different names", "--clusters eu,us,ap")
    async with Sandbox(names) as box:
        box.write_kubeconfig(kubeconfig)
        if output is Output.JSON:
            servers = {name: one.url for name, one in box.clusters.items()}
            write_json({"kubeconfig": str(kubeconfig.resolve()), "clusters": servers})
        else:
            _greet(box, kubeconfig)
        sys.stdout.flush()  # A program that reads it waits for nothing else.
        try:
            await told_to_end()
        finally:
            kubeconfig.unlink(missing_ok=True)


def _greet(box: Sandbox, kubeconfig: Path) -> None:
    for name, one in box.clusters.items():
        out().print(f"[good]✓[/] {escape(name)}  [soft]{escape(one.url)}[/]")
    err().print(f"\nexport KUBECONFIG={escape(str(kubeconfig.resolve()))}")
    err().print(f"kubectl --context {next(iter(box.clusters))} get namespaces")
    err().print("[soft]Ctrl-C ends it; nothing of it stays.[/]")
