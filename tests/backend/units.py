"""A unit's directory whose state a backend keeps, and the real program run in it."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass
from pathlib import Path

from backend.conftest import UNIT

COLOUR = re.compile(r"\x1b\[[0-9;]*m|[│╷╵]")

MAIN = """
terraform {
  backend "http" {
    address        = "%(url)s/state/%(unit)s"
    lock_address   = "%(url)s/state/%(unit)s"
    unlock_address = "%(url)s/state/%(unit)s"
    retry_max      = %(retries)d
  }
}
variable "size" { default = "small" }
variable "seconds" { default = 0 }
resource "terraform_data" "database" {
  input = { size = var.size, password = sensitive("hunter2") }
  provisioner "local-exec" { command = "sleep ${var.seconds}" }
  triggers_replace = [var.seconds, var.size]
}
output "size" { value = var.size }
"""


@dataclass
class Unit:
    """A unit's directory, and the program run in it."""

    program: Path
    folder: Path
    token: str

    def at(self, url: str, unit: str = UNIT, retries: int = 0) -> Unit:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "main.tf").write_text(MAIN % {"url": url, "unit": unit, "retries": retries})
        return self

    async def begin(self, *words: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            str(self.program), *words,
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.folder),
                "TF_HTTP_USERNAME": "trunkline",
                "TF_HTTP_PASSWORD": self.token,
                "CHECKPOINT_DISABLE": "1",
            },
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip

    async def run(self, *words: str) -> tuple[int, str]:
        process = await self.begin(*words)
        said, _ = await process.communicate()
        return process.returncode or 0, " ".join(COLOUR.sub("", said.decode()).split())

    async def apply(self, *words: str) -> tuple[int, str]:
        return await self.run("apply", "-input=false", "-auto-approve", *words)
