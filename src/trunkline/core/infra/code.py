"""Code that a plan or an apply runs: what a commit brings of it, by file and line.

A plan is no mere reading: external data sources, hooks and `run_cmd` start programs, and a
provider or a module from elsewhere is one. Whoever reviews a change sees which programs it starts;
a change from outside is planned with none of it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.hcl import Block, Body, HclError
from trunkline.core.infra.hcl.evaluate import UNKNOWN, Function, evaluate
from trunkline.core.infra.hcl.syntax import Literal, calls_in, canonical
from trunkline.core.infra.initkey import LOCK_FILE
from trunkline.core.infra.modules import READERS, is_code
from trunkline.core.infra.reading import ROOT, Files, from_root, rooted

HOOKS = ("before_hook", "after_hook", "error_hook")

# The beginnings of `what` for that which starts a program of the change's own.
STARTED = ("data external", "run_cmd", "terraform_binary", "engine", "provisioner", *HOOKS)


@dataclass(frozen=True, slots=True)
class Code:
    """`what` in words, `text` what tells it from another of its kind."""

    what: str
    text: str
    file: str
    line: int

    @property
    def key(self) -> tuple[str, str]:
        return self.what, self.text


def brought(base: Files, head: Files, paths: Iterable[str]) -> list[Code]:
    """The code in these files that the base's version of the same file does not have."""
    found: list[Code] = []
    for path in paths:
        known = {one.key for one in code_in(base, path)}
        found += [one for one in code_in(head, path) if one.key not in known]
    return found


def code_in(files: Files, path: str) -> list[Code]:
    """Whatever in a file makes a program run. A file that cannot be read so counts as a whole."""
    if not (is_code(path) or path.endswith(".hcl")) or not files.is_file(path):
        return []
    if path.endswith((".json", LOCK_FILE)):
        what = "pins providers" if path.endswith(LOCK_FILE) else "is code that is not read here"
        return [Code(f"it {what}", files.object_id(path), path, 1)]
    try:
        body = files.body(path)
    except HclError as error:
        return [Code("it cannot be parsed", files.object_id(path), path, error.line)]
    return [
        Code(what, text, path, line)
        for what, text, line in (
            *_called(body),
            *_read_outside(body, posixpath.dirname(path)),
            *_blocks(body),
            *_attributes(body),
        )
    ]


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


Found = Iterator[tuple[str, str, int]]


def _called(body: Body) -> Found:
    for call in calls_in(body):
        if call.name == "run_cmd":
            yield "run_cmd", repr(call.arguments), 1


def _read_outside(body: Body, directory: str) -> Found:
    """Files that functions read and that are not surely of the repository: a plan shows them."""
    here = _Here(directory)
    for call in calls_in(body):
        if call.name in (*READERS, "fileset") and call.arguments:
            first = call.arguments[0]
            if from_root(evaluate(first, here), directory) is None:
                yield f"{call.name} of a file elsewhere", repr(first), 1


class _Here:
    """A scope in which the directories of the repository are known, and nothing else."""

    def __init__(self, directory: str) -> None:
        self._at = rooted(directory)
        inside = ("get_terragrunt_dir", "get_parent_terragrunt_dir", "find_in_parent_folders")
        self.functions: Mapping[str, Function] = {
            "get_repo_root": lambda: ROOT,
            **dict.fromkeys(inside, lambda *_: self._at),
        }

    def named(self, name: str) -> Any:
        return dict.fromkeys(("module", "root", "cwd"), self._at) if name == "path" else UNKNOWN


def _attributes(body: Body) -> Found:
    for one in body.attributes:
        if one.name == "terraform_binary":
            yield "terraform_binary", repr(one.value), one.line


def _blocks(body: Body) -> Found:
    for block in body.blocks:
        yield from _block(block)


def _block(block: Block) -> Found:
    shown = " ".join((block.kind, *block.labels))
    source = block.body.attribute("source")
    if _starts(block):
        yield shown, canonical(block), block.line
    elif block.kind == "required_providers":
        for one in block.body.attributes:
            yield f"provider {one.name}", repr(one.value), one.line
    elif block.kind in ("module", "terraform") and source and not _is_local(source.value):
        yield f"{shown} from elsewhere", repr(source.value), source.line
    yield from _blocks(block.body)


def _starts(block: Block) -> bool:
    if block.kind == "data":
        return block.labels[:1] in (("external",), ("http",))
    return block.kind in ("engine", "generate", "provisioner", *HOOKS)


def _is_local(value: object) -> bool:
    """Whether a source is a path; one that is put together is none that we could vouch for."""
    return isinstance(value, Literal) and str(value.value).startswith(("./", "../"))
