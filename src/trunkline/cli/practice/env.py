"""`trunkline practice env`: what makes OpenTofu and Terraform find the practice cloud."""

from __future__ import annotations

import shlex

from trunkline.app.places import Places
from trunkline.cli.options import AsText, Output
from trunkline.cli.plain import write, write_json
from trunkline.cli.practice.asked import FILE, Cloud
from trunkline.practice.install import install


def env(cloud: Cloud = FILE, output: AsText = Output.TEXT) -> None:
    """Install the provider, and print the variables by which it is found.

    Example: eval "$(trunkline practice env --cloud cloud.json)"
    """
    practice = install(Places.of_environment().cache / "practice")
    found = practice.environment(cloud.resolve())
    if output is Output.JSON:
        write_json(found)
    else:
        write("\n".join(f"export {name}={shlex.quote(value)}" for name, value in found.items()))
