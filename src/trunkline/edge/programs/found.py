"""Which programs this machine has, and their versions.

Which of them runs is this machine's word: the variables below and PATH. A repository may only say
which language it is written in, OpenTofu's or Terraform's, never the path of a program.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from trunkline.edge.programs.errors import ProgramError
from trunkline.edge.programs.known import KnownVersions, key_of
from trunkline.edge.programs.library import LAUNCHER, is_installed
from trunkline.edge.programs.run import Done, run

# OpenTofu first: it locks its cache of providers, and its licence lets everybody serve it.
KINDS = ("tofu", "terraform")
NAMES = {"tofu": "OpenTofu", "terraform": "Terraform", "terragrunt": "Terragrunt"}
WHERE = {
    "tofu": "https://opentofu.org/docs/intro/install",
    "terraform": "https://developer.hashicorp.com/terraform/install",
    "terragrunt": "https://terragrunt.gruntwork.io/docs/getting-started/install",
}

ASKING = 20.0

# `OpenTofu v1.12.6`, `Terraform v1.11.4`, `terragrunt version v1.1.3`.
_VERSION = re.compile(r"^(OpenTofu|Terraform|terragrunt)(?: version)? v?(\S+)", re.MULTILINE)


class Program(Struct, frozen=True):
    """One program: its kind ("tofu", "terraform", "terragrunt"), where it is, its version."""

    kind: str
    path: Path
    version: str

    def __str__(self) -> str:
        return f"{NAMES[self.kind]} {self.version}"


class Programs(Struct, frozen=True):
    """What runs the units: one of OpenTofu and Terraform, and Terragrunt where it is there."""

    terraform: Program
    terragrunt: Program | None = None

    @property
    def for_terragrunt(self) -> Program:
        """Terragrunt. Raises ProgramError where this machine has none."""
        if self.terragrunt is None:
            raise _absent("terragrunt")
        return self.terragrunt


async def find_programs(
    kind: str = "",
    machine: Mapping[str, str] | None = None,
    known: KnownVersions | None = None,
) -> Programs:
    """The programs of this machine. Raises ProgramError where none can run the units.

    `kind` is what the repository is written in, "tofu" or "terraform"; where it does not say,
    OpenTofu is taken if it is there. Whose version is `known` is not asked for it.
    """
    machine = os.environ if machine is None else machine
    first = next(_terraforms(kind, machine), None)
    if first is None:
        raise _absent(*([kind] if kind else KINDS))
    origin, path = first
    grunt = _named("terragrunt", machine)
    words = [(path, "version"), *([(grunt, "--version")] if grunt else [])]
    terraform, *rest = await asyncio.gather(*(_told(*one, known) for one in words))
    if kind and terraform.kind != kind:
        raise ProgramError(
            f"{origin} names {terraform}, but infra.program of the settings asks for {NAMES[kind]}",
            remedy=f"let {origin} name {NAMES[kind]}, or change infra.program",
        )
    return Programs(terraform, rest[0] if rest else None)


def _terraforms(kind: str, machine: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """(what names it, its path), the first to be taken first."""
    kinds = [kind] if kind else KINDS
    for one in kinds:
        if path := _said(f"TRUNKLINE_{one.upper()}", machine):
            yield f"TRUNKLINE_{one.upper()}", path
    if path := _said("TG_TF_PATH", machine):
        yield "TG_TF_PATH", path
    for one in kinds:
        if found := shutil.which(one, path=machine.get("PATH", "")):
            yield f"{one} on PATH", Path(found)
    library = shutil.which(LAUNCHER, path=machine.get("PATH", ""))
    if library and "terraform" in kinds and is_installed():
        yield f"{LAUNCHER} on PATH", Path(library)


def _named(name: str, machine: Mapping[str, str]) -> Path | None:
    if path := _said(f"TRUNKLINE_{name.upper()}", machine):
        return path
    found = shutil.which(name, path=machine.get("PATH", ""))
    return Path(found) if found else None


def _said(variable: str, machine: Mapping[str, str]) -> Path | None:
    """The program that a variable names: a path, or a name on PATH. Raises ProgramError."""
    said = machine.get(variable, "")
    if not said:
        return None
    found = shutil.which(said, path=machine.get("PATH", ""))
    if found is None:
        raise ProgramError(
            f"{variable} names {said}, which is no program on this machine",
            remedy=f"give {variable} the path of a program, or unset it",
        )
    return Path(found).absolute()


async def _told(path: Path, word: str, known: KnownVersions | None) -> Program:
    key = key_of(path) if known else ""
    if known and key and (said := known.read(key)):
        return Program(said[0], path, said[1])
    found = await _asked(path, word)
    if known and key:
        known.write(key, found.kind, found.version)
    return found


async def _asked(path: Path, word: str) -> Program:
    env = {"CHECKPOINT_DISABLE": "1", "HOME": "/nonexistent", "PATH": os.defpath}
    done = await run([path, word], Path("/"), env, timeout=ASKING, output_limit=2**16)
    found = _VERSION.search(done.stdout)
    if done.code or found is None:
        raise _unknown(path, done)
    name, version = found.groups()
    kinds = {"OpenTofu": "tofu", "Terraform": "terraform", "terragrunt": "terragrunt"}
    return Program(kinds[name], path, version)


def _unknown(path: Path, done: Done) -> ProgramError:
    return ProgramError(
        f"{path} does not say its version: {done.said[:300]}",
        remedy="is it OpenTofu, Terraform or Terragrunt, built for this machine?",
    )


def _absent(*kinds: str) -> ProgramError:
    names = " nor ".join(NAMES[kind] for kind in kinds)
    neither = "neither " if len(kinds) > 1 else ""
    isnt = "is" if neither else "is not"
    return ProgramError(
        f"{neither}{names} {isnt} on PATH",
        remedy=f"install it ({WHERE[kinds[0]]}), or name it in TRUNKLINE_{kinds[0].upper()}",
    )
