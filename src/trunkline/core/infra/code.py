"""Code that a plan or an apply runs: what a commit brings of it, by file and line.

A plan is no mere reading: external data sources, hooks and `run_cmd` start programs, and a
provider or a module from elsewhere is one. Whoever reviews a change sees which programs it starts;
a change from outside is planned with none of it, and by no unit in which a value that it changes
could steer one (`effects.py`).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.effects import HOOKS, effects
from trunkline.core.infra.generated import Place, plain_generates
from trunkline.core.infra.hcl import HclError
from trunkline.core.infra.initkey import LOCK_FILE
from trunkline.core.infra.leaving import leaving
from trunkline.core.infra.modules import JSON, READERS, is_code
from trunkline.core.infra.reading import Files
from trunkline.core.infra.terragrunt import STACK_FILE
from trunkline.core.infra.unit import TFBACKEND, Unit, within
from trunkline.core.infra.units import Units

# The beginnings of `what` for that which starts a program of the change's own.
STARTED = (
    *("data external", "run_cmd", "terraform_binary", "engine", "encryption"),
    *("exec", "postrender", "provisioner", *HOOKS),
)
# Blocks that imply a provider; all but resources count by themselves.
USES = ("resource", "data", "ephemeral")
# The provider that is part of the programs.
BUILT_IN = "terraform"
# How the names of folders begin that programs look into.
OF_PROGRAMS = ("terraform.d", ".terra", ".tofu", ".opentofu", ".mise", ".config")
# What git and those who choose a program's version look for in every directory above, too: HEAD
# makes a repository of a directory, whose settings git would follow.
FOUND_ABOVE = (
    *(".gitattributes", "HEAD", ".terraform-version", ".opentofu-version", ".terragrunt-version"),
    *(".tool-versions", "mise.toml", ".mise.toml"),
)
# Hidden files that no program reads which is started here.
HARMLESS = (".gitignore", ".gitkeep", ".keep", ".terraform-docs.yml", ".editorconfig")
# Whatever a reader of HCL makes of a file: these words mean what they say wherever they stand.
_WORDS = re.compile(
    r"run_cmd|(?:before|after|error)_hook|terraform_binary|provisioner|(?:local|remote)-exec"
    r'|extra_arguments|key_provider|data[\s"]+external'
)
# What a template may call to read files: its functions are those of the code that fills it in.
_READING = re.compile(
    rf"\b(?:(?:{'|'.join((*READERS, 'fileset', 'fileexists'))})\s*(?:[(#]|/[*/])|provider\s*::)"
)


class Code(Struct, frozen=True):
    """`what` in words, `text` what tells it from another of its kind. `steered`: a value or file
    that is changed elsewhere decides what it does.
    """

    what: str
    text: str
    file: str
    line: int
    steered: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.what, self.text

    @property
    def place(self) -> str:
        return f"{self.what} ({self.file}:{self.line})"


def brought(base: Files, head: Files, paths: Iterable[str]) -> list[Code]:
    """The code in these files that the base's version of the same file does not have."""
    found: list[Code] = []
    for path in paths:
        known = {one.key for one in code_in(base, path)}
        new = [one for one in code_in(head, path) if one.key not in known]
        found += new or _words(base, head, path)
        if path.endswith(LOCK_FILE) and not head.is_file(path):
            found.append(Code("it unpins providers", "", path, 1))
    return found


def standing(files: Files, units: Units, unit: Unit) -> list[Code]:
    """The code of a unit, and of those whose outputs it reads, that a change may steer."""
    every = (unit, *(units[one] for one in sorted(units.graph.dependencies([unit.id]))))
    found = [one for each in every for one in _of_unit(files, each)]
    return list(dict.fromkeys(found))


def code_in(files: Files, path: str) -> list[Code]:
    """Whatever in a file makes a program run. A file that cannot be read so counts as a whole."""
    if files.is_link(path):
        return [Code("a link", files.object_id(path), path, 1, steered=True)]
    if not files.is_file(path):
        return []
    if path.endswith(LOCK_FILE):
        return [Code("it pins providers", files.object_id(path), path, 1)]
    if sets_up_programs(path):
        return [Code("settings of a program", files.object_id(path), path, 1)]
    if path.endswith(TFBACKEND):
        return [Code("it says where a state lies", files.object_id(path), path, 1)]
    if path.endswith((*JSON, ".hcl.json")):
        # Which of its properties are blocks is known of some kinds only: nothing is vouched for.
        what = "it is code in JSON"
        whole = Code(what, files.object_id(path), path, 1, steered=True)
        return [whole, *(one for one in _effects(files, path) if one.what.startswith(STARTED))]
    if not (is_code(path) or path.endswith(".hcl")):
        return list(_template(files, path))
    return _effects(files, path)


def _effects(files: Files, path: str) -> list[Code]:
    try:
        body = files.body(path)
    except HclError as error:
        what = "it cannot be parsed"
        return [Code(what, files.object_id(path), path, error.line, steered=True)]
    return [Code(one.what, one.text, path, one.line, one.steered) for one in effects(body)]


def for_all(paths: Iterable[str]) -> list[Code]:
    """What a change brings that programs look for wherever they run: how files are checked out,
    which version of a program runs, a repository of its own in which git finds itself.
    """
    return [
        Code("settings of a program", "", path, 1)
        for path in paths
        if posixpath.basename(path) in FOUND_ABOVE
    ]


def new_providers(base: Files, head: Files, paths: Iterable[str]) -> list[Code]:
    """Providers that resources in these files imply, and that no code of the base uses: they would
    be fetched and started, and some ask an address, or read a file, that a resource names.
    """
    found = [
        Code(f"provider {name}", name, path, line)
        for path in paths
        if is_code(path)
        for name, line in _implied(head, path, ("resource",)).items()
        if name not in _implied(base, path)
    ]
    if not found:
        return []
    known = {one for path in base.every() if is_code(path) for one in _implied(base, path)}
    return [one for one in found if one.text not in known]


def sets_up_programs(path: str) -> bool:
    """Whether a file is none of the unit's but a program's own: it may be a program itself, as a
    provider in `terraform.d`, or say in `.terraform` where modules and states are.
    """
    *folders, name = path.split("/")
    looked_into = any(one.startswith(OF_PROGRAMS) for one in folders)
    return looked_into or name in FOUND_ABOVE or (name.startswith(".") and name not in HARMLESS)


def code_findings(unit: str, found: Iterable[Code]) -> Iterator[Finding]:
    """A warning for each program that is started; providers and modules come with every unit."""
    for one in found:
        if one.what.startswith(STARTED):
            yield Finding(
                "infra-code",
                f"{one.what}: that runs with this machine's credentials",
                severity=Severity.WARNING,
                file=one.file,
                line=one.line,
                component=unit,
            )


def _of_unit(files: Files, unit: Unit) -> Iterator[Code]:
    reads = [one.rstrip("/") for one in unit.reads]
    for path in (unit.path, *reads):
        if files.leads_elsewhere(path):
            yield Code("a link", path, path, 1, steered=True)
    yield from (Code(one.what, "", one.file, one.line, True) for one in leaving(files, unit))
    plain = plain_generates(files, unit)
    stacks = unit.generated_by.rpartition("/")[0] if unit.generated_by else None
    for path in files.every():
        made = stacks is not None and path.endswith(STACK_FILE) and within(path, stacks)
        if made or unit.owns(path) or any(within(path, place) for place in reads):
            found = (one for one in code_in(files, path) if one.steered)
            yield from (one for one in found if not _is_generate_in(one, plain))


def _implied(files: Files, path: str, kinds: Sequence[str] = USES) -> dict[str, int]:
    """The local names of the providers of a file's blocks, with the line of the first."""
    try:
        body = files.body(path)
    except HclError:
        return {}
    found: dict[str, int] = {}
    for block in body.blocks:
        if block.kind in kinds and block.labels:
            found.setdefault(block.labels[0].partition("_")[0], block.line)
    return {name: line for name, line in found.items() if name != BUILT_IN}


def _is_generate_in(one: Code, plain: frozenset[Place]) -> bool:
    return one.what.startswith("generate ") and (one.file, one.line) in plain


def _template(files: Files, path: str) -> Iterator[Code]:
    text = files.text(path) or ""
    found = _READING.search(text) if "${" in text or "%{" in text else None
    if found:
        line = text.count("\n", 0, found.start()) + 1
        what = "a template that reads files"
        yield Code(what, files.object_id(path), path, line, steered=True)


def _words(base: Files, head: Files, path: str) -> Iterator[Code]:
    """What was not read as code, and says so loudly that it is: a comment, or a trick."""
    if not (is_code(path) or path.endswith(".hcl")):
        return
    before = len(_WORDS.findall(base.text(path) or ""))
    for found in [*_WORDS.finditer(head.text(path) or "")][before:]:
        line = found.string.count("\n", 0, found.start()) + 1
        yield Code(f"the word {found[0]}", str(found.start()), path, line)
