"""`trunkline practice fault`: what is to go wrong in the practice cloud."""

from __future__ import annotations

from typing import Annotated

import typer

from trunkline.cli.options import AsText, Debug, Output
from trunkline.cli.plain import write, write_json
from trunkline.cli.practice.asked import FILE, Cloud, changing, read
from trunkline.cli.running import Failure, run
from trunkline.practice.cloud.faults import DO, ON, Fault

What = Annotated[str, typer.Argument(metavar="[DO]", help=f"{', '.join(DO)}; or none, to end all.")]
On = Annotated[str, typer.Option("--on", help=f"{', '.join(ON)}: the call that meets it.")]
Kind = Annotated[str, typer.Option("--kind", help="The kind of object, a glob.")]
Name = Annotated[str, typer.Option("--name", help="The object's name, a glob.")]
Message = Annotated[str, typer.Option("--message", help="What a refusal says.")]
Seconds = Annotated[float, typer.Option("--seconds", help="How long what is slow takes.")]
Times = Annotated[int, typer.Option("--times", help="How often; always, if not said.")]


def fault(
    do: What = "",
    on: On = "*",
    kind: Kind = "*",
    name: Name = "*",
    message: Message = "",
    seconds: Seconds = 0.0,
    times: Times = 0,
    cloud: Cloud = FILE,
    output: AsText = Output.TEXT,
    debug: Debug = False,
) -> None:
    """Let calls of the provider go wrong, or list what does.

    Example: trunkline practice fault crash --on create --kind database --times 1
    """
    more: Fault = {"message": message, "seconds": seconds, "times": times}
    asked: Fault = {"on": on, "kind": kind, "name": name, **{k: v for k, v in more.items() if v}}
    run(_fault(do, asked, cloud, output), debug=debug)


async def _fault(do: str, asked: Fault, cloud: Cloud, output: Output) -> None:
    if do and do not in (*DO, "none"):
        raise Failure(f"nothing does {do}", f"one of {', '.join(DO)}, or none")
    if asked["on"] not in ON:
        raise Failure(f"there is no call {asked['on']}", f"one of {', '.join(ON)}")
    if do:
        with changing(cloud) as world:
            kept = [] if do == "none" else world.data.get("faults", [])
            world.data["faults"] = kept if do == "none" else [*kept, {"do": do, **asked}]
    faults = read(cloud).data.get("faults", [])
    if output is Output.JSON:
        write_json(faults)
    else:
        write("\n".join(_line(one) for one in faults))


def _line(fault: Fault) -> str:
    rest = {key: value for key, value in fault.items() if key != "do" and value != "*"}
    return " ".join((fault["do"], *(f"{key}={value}" for key, value in sorted(rest.items()))))
