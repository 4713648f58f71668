"""Plain root modules: directories of Terraform code that somebody plans as they are.

A directory with a backend or a provider is one, unless another directory calls it as a module or a
Terragrunt unit runs it. Examples and tests beside a module have providers too; they count only with
a backend of their own.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from trunkline.core.infra.early import asks_early, asks_variables
from trunkline.core.infra.hcl import Body, HclError
from trunkline.core.infra.hcl.syntax import Expression, Literal
from trunkline.core.infra.modules import LOCAL, Nothing, begun_at, code_of
from trunkline.core.infra.reading import Files, from_root
from trunkline.core.infra.unit import TFBACKEND, TFVARS

# What makes a file worth parsing here: most hold resources only.
_TELLING = re.compile(r'(?:^[ \t\ufeff]*|")(?:module|provider|terraform)\b', re.M)
_BESIDE = frozenset({"example", "examples", "test", "tests", "testing", "fixtures"})

# Where tfvars of workspaces are kept beside the directory itself.
VAR_FOLDERS = ("env", "envs", "environments", "tfvars", "vars", "variables", "workspaces")
_BACKEND_FOLDERS = ("backend", "backends")
# developer.hashicorp.com/terraform/language/backend: `*.BACKEND.tfbackend`, such as config.s3.
_BACKENDS = frozenset("azurerm consul cos gcs http kubernetes local oci oss pg remote s3".split())
_LOADED = ("terraform.tfvars", "terraform.tfvars.json")


class Facts(Struct, frozen=True):
    """What one directory's code says of itself."""

    backend: bool = False
    provider: bool = False
    modules: tuple[str, ...] = ()
    file: str = ""
    line: int = 0
    early: bool = False
    """Whether init wants its variables: a module's source or its backend is said by them."""
    keyed: bool = False
    """Whether they say where its state is."""


def facts_of(files: Files, directory: str) -> Facts:
    """What the code in a directory says; a broken file says nothing here."""
    backend = provider = early = keyed = False
    modules: list[str] = []
    place = ("", 0)
    for path in code_of(files, directory):
        for kind, line, value in _telling(files, path, directory):
            if kind == "module":
                modules.append(value)
            elif kind == "backend":
                backend, place = True, (path, line)
            elif kind == "early":
                early, keyed = True, keyed or value == "backend"
            else:
                provider = True
                place = place if place[0] else (path, line)
    return Facts(backend, provider, tuple(modules), *place, early, keyed)


def root_modules(facts: dict[str, Facts], used: Iterable[str]) -> list[str]:
    """The directories that are root modules; `used` are those that units run."""
    called = {module for one in facts.values() for module in one.modules} | set(used)
    return sorted(
        one
        for one, said in facts.items()
        if not called & {one, _any_in(posixpath.dirname(one))} and _is_root(one, said)
    )


def _any_in(directory: str) -> str:
    """How a module is called of which a variable says the last part."""
    return f"{directory}/*"


def workspaces(files: Files, directory: str) -> dict[str, tuple[str, ...]]:
    """The workspaces of a root module by their tfvars: `prod.tfvars`, `envs/prod.tfvars`.

    What Terraform loads by itself in every workspace names none.
    """
    found: dict[str, list[str]] = {}
    folders = ["", *VAR_FOLDERS]
    for folder in folders:
        for path in files.names(posixpath.join(directory, folder).rstrip("/")):
            if name := _workspace(posixpath.basename(path)):
                found.setdefault(name, []).append(path)
    return {name: tuple(paths) for name, paths in sorted(found.items())}


def backends(files: Files, directory: str) -> dict[str, tuple[str, ...]]:
    """What completes a partial backend, by workspace: `prod.tfbackend`, `envs/prod.s3.tfbackend`;
    of all workspaces by "": `backend.tfbackend`, `config.s3.tfbackend`.
    """
    found: dict[str, list[str]] = {}
    for folder in ("", *VAR_FOLDERS, *_BACKEND_FOLDERS):
        for path in files.names(posixpath.join(directory, folder).rstrip("/")):
            if path.endswith(TFBACKEND):
                found.setdefault(_completed(posixpath.basename(path)), []).append(path)
    return {name: tuple(paths) for name, paths in sorted(found.items())}


def _completed(name: str) -> str:
    stem, _, kind = name.removesuffix(TFBACKEND).rpartition(".")
    whole = stem if kind in _BACKENDS else name.removesuffix(TFBACKEND)
    return "" if whole in ("", "backend", "config") else whole


def _workspace(name: str) -> str:
    if not name.endswith(TFVARS) or name in _LOADED:
        return ""
    stem = name.removesuffix(".json").removesuffix(".tfvars")
    return "" if stem.endswith(".auto") else stem.removeprefix("terraform.")


def _is_root(directory: str, said: Facts) -> bool:
    return said.backend or (said.provider and not _BESIDE & set(directory.split("/")))


def _telling(files: Files, path: str, directory: str) -> Iterator[tuple[str, int, str]]:
    """(kind, line, module) of each backend, provider and local module call; `early` of what is
    worked out from variables before all else.
    """
    text = files.text(path)
    if text is None or not _TELLING.search(text):
        return
    try:
        body = files.body(path)
    except HclError:
        return
    yield from _blocks(body, files, directory)


def _blocks(body: Body, files: Files, directory: str) -> Iterator[tuple[str, int, str]]:
    for block in body.of("terraform"):
        for kind in ("backend", "cloud"):
            for one in block.body.of(kind):
                yield "backend", one.line, ""
                if asks_early(one.body):
                    keyed = asks_variables(one.body, files, directory)
                    yield "early", one.line, "backend" if keyed else ""
    yield from (("provider", one.line, "") for one in body.of("provider"))
    for block in body.of("module"):
        source = block.body.attribute("source")
        module = _module(source.value, directory) if source else None
        if module is not None:
            yield "module", block.line, module
        if source and not isinstance(source.value, Literal):
            yield "early", block.line, ""


def _module(source: Expression, directory: str) -> str | None:
    if isinstance(source, Literal):
        value = str(source.value)
        return from_root(value, directory) if value.startswith(LOCAL) else None
    place = begun_at(source, Nothing(), directory)
    return None if place is None else _any_in(place)
