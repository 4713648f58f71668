"""Where OpenTofu and Terraform find the provider: a mirror, and a configuration that names it.

What lies in the mirror is a small script that is the same on every machine, so its hash in a lock
file of a repository holds everywhere; the variables below tell it which Python to start.
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from msgspec import Struct

HOST = "trunkline.local"
SOURCE = f"{HOST}/practice/practice"
VERSION = "1.0.0"

SCRIPT = """\
#!/bin/sh
PYTHONPATH="$PRACTICE_PATH" exec "${PRACTICE_PYTHON:-python3}" -sS -c \
'from trunkline.practice.plugin.main import main; main()'
"""

CONFIGURATION = """\
provider_installation {{
  filesystem_mirror {{
    path    = "{mirror}"
    include = ["{host}/*/*"]
  }}
  direct {{
    exclude = ["{host}/*/*"]
  }}
}}
"""

SYSTEMS = {"Linux": "linux", "Darwin": "darwin"}
MACHINES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class Practice(Struct, frozen=True):
    """The provider as it is installed in a folder."""

    config: Path

    def environment(self, cloud: Path, region: str = "") -> dict[str, str]:
        """What a program must see to use the provider with the cloud in that file."""
        return {
            "TF_CLI_CONFIG_FILE": str(self.config),
            # The provider has no certificate: it is reached through a socket that only we may open.
            "TF_DISABLE_PLUGIN_TLS": "1",
            "PRACTICE_CLOUD": str(cloud),
            "PRACTICE_PYTHON": sys.executable,
            "PRACTICE_PATH": os.pathsep.join(path for path in sys.path if path),
            **({"PRACTICE_REGION": region} if region else {}),
        }


def install(folder: Path) -> Practice:
    """Put the mirror and the configuration into a folder, if they are not there."""
    mirror = folder / "mirror"
    place = mirror / SOURCE / VERSION / target()
    place.mkdir(parents=True, exist_ok=True)
    _write(place / f"terraform-provider-practice_v{VERSION}", SCRIPT, 0o755)
    config = folder / "practice.tfrc"
    text = CONFIGURATION.format(mirror=str(mirror).replace("\\", "\\\\"), host=HOST)
    _write(config, text, 0o644)
    return Practice(config)


def target() -> str:
    """How the programs call this kind of machine, e.g. linux_amd64."""
    machine = platform.machine()
    return f"{SYSTEMS.get(platform.system(), 'linux')}_{MACHINES.get(machine, machine.lower())}"


def _write(path: Path, text: str, mode: int) -> None:
    """Whole or not at all: a program may be starting it."""
    if path.is_file() and path.read_text() == text:
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text)
    beside.chmod(mode)
    beside.replace(path)
